/* Charts: an element with data-chart names its kind, data-source the JSON block with its data (templates/_kit/charts.html
   says what each kind holds). Colours are read from the tokens of desk.css, and read again when the theme changes. */
(() => {
  "use strict";
  const LC = window.LightweightCharts;
  const number = (value) => Number(value);

  /* ---- tokens */
  function tokens() {
    const probe = document.createElement("i");
    probe.hidden = true;
    document.body.append(probe);
    const of = (name, alpha = 1) => {
      probe.style.color = `var(--d-${name})`;
      return `rgba(${getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).join(",")},${alpha})`;
    };
    const read = {
      ink: of("ink"), ink2: of("ink-2"), ink3: of("ink-3"), accent: of("accent"), loss: of("loss"), surface: of("surface"),
      line: of("line"), line2: of("line-2"), ink3Pale: of("ink-3", 0.5), ink3Soft: of("ink-3", 0.75),
      accentSoft: of("accent", 0.14), accentNone: of("accent", 0), lossSoft: of("loss", 0.22), lossNone: of("loss", 0),
    };
    probe.remove();
    return read;
  }
  const named = (color, name) => ({ ink: color.ink, "ink-3": color.ink3, accent: color.accent })[name];

  /* ---- figures and days */
  function figures(places, unit = "") {
    const options = { minimumFractionDigits: places, maximumFractionDigits: places };
    return {
      type: "custom", minMove: 10 ** -places,
      formatter: (value) => (value < 0 ? "\u2212" : "") + Math.abs(value).toLocaleString("en-US", options) + unit,
    };
  }
  const DAY = 86400000;
  const text = (stamp) => new Date(stamp).toISOString().slice(0, 10);
  const byDay = (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
  const weekday = (stamp) => ![0, 6].includes(new Date(stamp).getUTCDay());

  /** Weekdays from `from` to `to`, and every day of `also`, so that the axis runs in time and not in points. */
  function calendar(from, to, also) {
    const days = new Set(also);
    for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) if (weekday(at)) days.add(text(at));
    return [...days].sort();
  }
  /** Days before and after, so that a short trade does not fill the chart from edge to edge. */
  const padded = (from, to) => {
    const reach = Math.max(5, Math.round((Date.parse(to) - Date.parse(from)) / DAY / 8));
    return [text(Date.parse(from) - reach * DAY), text(Date.parse(to) + Math.ceil(reach / 3) * DAY)];
  };
  /** Points of change as one value a day: each holds until the next one. */
  function held(steps, days, to) {
    const sorted = [...steps].sort(byDay);
    if (!sorted.length) return [];
    let next = 0, value = null;
    return days.filter((day) => day >= sorted[0][0] && day <= to).map((day) => {
      while (next < sorted.length && sorted[next][0] <= day) value = number(sorted[next++][1]);
      return { time: day, value };
    });
  }
  const zip = (days, values) => days.map((day, i) => ({ time: day, value: number(values[i]) }));
  /** One point a day, the last of it: a series takes no two of one time. */
  const daily = (points) => [...new Map(points.map(([day, value]) => [day, { time: day, value: number(value) }])).values()];

  /* ---- the frame all kinds share */
  function frame(element, color) {
    return LC.createChart(element, {
      autoSize: true,
      layout: {
        background: { color: "transparent" }, textColor: color.ink3, fontFamily: "Inter, system-ui, sans-serif", fontSize: 11,
        attributionLogo: false, panes: { separatorColor: color.line, enableResize: false },
      },
      localization: { dateFormat: "d MMM yyyy", locale: "en-US" },
      grid: { vertLines: { visible: false }, horzLines: { color: color.line } },
      rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.12, bottom: 0.08 } },
      timeScale: { borderColor: color.line, rightOffset: 2, fixLeftEdge: true, lockVisibleTimeRangeOnResize: true, minBarSpacing: 0.3 },
      crosshair: {
        vertLine: { color: color.ink3Pale, width: 1, style: LC.LineStyle.LargeDashed, labelBackgroundColor: color.ink2 },
        horzLine: { color: color.ink3Pale, width: 1, style: LC.LineStyle.LargeDashed, labelBackgroundColor: color.ink2 },
      },
      handleScroll: false, handleScale: false,
    });
  }
  const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
  const stepped = (chart, color, width, priceFormat) =>
    chart.addSeries(LC.LineSeries, { ...quiet, color, lineWidth: width, lineType: LC.LineType.WithSteps, priceFormat });

  /* ---- kinds */
  function equity(element, data, color) {
    const chart = frame(element, color), whole = figures(0);
    if (data.stops) stepped(chart, color.ink3Soft, 1, whole).setData(zip(data.days, data.stops));
    const line = chart.addSeries(LC.AreaSeries, {
      lineColor: color.accent, lineWidth: 2, topColor: color.accentSoft, bottomColor: color.accentNone, priceLineVisible: false, priceFormat: whole,
    });
    line.setData(zip(data.days, data.equity));
    if (data.base) line.createPriceLine({ price: number(data.base), color: color.line2, lineWidth: 1, lineStyle: LC.LineStyle.Dashed, axisLabelVisible: false, title: "" });
    if (data.underwater) underwater(chart, data, color);
    chart.timeScale().fitContent();
    return chart;
  }
  function underwater(chart, data, color) {
    const area = chart.addSeries(LC.AreaSeries, {
      lineColor: color.loss, lineWidth: 1, topColor: color.lossNone, bottomColor: color.lossSoft, invertFilledArea: true,
      priceLineVisible: false, priceFormat: figures(1, "%"),
    }, 1);
    area.setData(zip(data.days, data.underwater));
    chart.panes()[0].setStretchFactor(3);
    chart.panes()[1].setStretchFactor(1.15);
  }

  /** Times in seconds since 1970, as hours have, written by the clock of a zone. */
  function hours(chart, zone) {
    const written = (options) => {
      const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
      return (time) => format.format(new Date(time * 1000));
    };
    const clock = written({ hour: "2-digit", minute: "2-digit" }), day = written({ day: "numeric", month: "short" });
    chart.applyOptions({
      localization: { timeFormatter: (time) => `${day(time)} ${clock(time)}` },
      timeScale: { timeVisible: true, tickMarkFormatter: (time, kind) => (kind >= LC.TickMarkType.Time ? clock(time) : day(time)) },
    });
  }
  function levels(element, data, color) {
    const chart = frame(element, color), hourly = typeof data.from === "number";
    if (hourly) hours(chart, data.zone);
    const fills = data.marks.map(([day, , , price]) => [day, price]), bars = data.bars || [];
    const points = [...fills, ...data.prices].sort(byDay);
    const told = [...points, ...data.stop, ...data.entry, ...bars].map((point) => point[0]);
    const days = hourly ? [...new Set([data.from, data.to, ...told])].sort((a, b) => a - b) : calendar(...padded(data.from, data.to), told);
    const prices = bars.length ? candles(chart, bars, color) : known(chart, points, days, color);
    /* the axis reaches over every level, not only over the prices that are known */
    const span = [...points, ...data.stop, ...data.entry].map((point) => number(point[1]))
      .concat(data.targets.map((target) => number(target.price)), bars.flatMap((bar) => [number(bar[2]), number(bar[3])]));
    const low = Math.min(...span), high = Math.max(...span), room = (high - low) * 0.06 || 1;
    prices.applyOptions({ autoscaleInfoProvider: () => ({ priceRange: { minValue: low - room, maxValue: high + room } }) });
    stepped(chart, color.accent, 2, figures(2)).setData(held(data.stop, days, data.to));
    stepped(chart, color.ink, 1, figures(2)).setData(held(data.entry, days, data.to));
    for (const target of data.targets) {
      const line = chart.addSeries(LC.LineSeries, { ...quiet, color: color.ink3, lineWidth: 1, lineStyle: LC.LineStyle.Dashed });
      line.setData(held([[target.from, target.price]], days, target.to || data.to));
    }
    for (const [price, title, name] of data.labels) {
      const shade = named(color, name);
      prices.createPriceLine({ price: number(price), title, lineVisible: false, axisLabelVisible: true, color: shade, axisLabelColor: shade, axisLabelTextColor: color.surface });
    }
    marks(prices, data, element.clientWidth > 420, days.length < 40 ? 0.6 : 1, color);
    chart.applyOptions({ rightPriceScale: { scaleMargins: { top: 0.06, bottom: 0.06 } } });
    chart.timeScale().fitContent();
    return chart;
  }
  /** The prices that are known, as points on a thin line; the other days of the calendar are left empty. */
  function known(chart, prices, days, color) {
    const series = chart.addSeries(LC.LineSeries, {
      ...quiet, color: color.ink3Pale, lineWidth: 1, pointMarkersVisible: prices.length < 60, pointMarkersRadius: 2.5, priceFormat: figures(2),
    });
    const values = new Map(daily(prices).map((point) => [point.time, point]));
    series.setData(days.map((day) => values.get(day) || { time: day }));
    return series;
  }
  /** Candles without colour, hollow up and filled down: colour stays with profit and loss. */
  function candles(chart, bars, color) {
    const series = chart.addSeries(LC.CandlestickSeries, {
      ...quiet, upColor: color.surface, downColor: color.ink3, borderUpColor: color.ink3, borderDownColor: color.ink3,
      wickUpColor: color.ink3, wickDownColor: color.ink3, priceFormat: figures(2),
    });
    series.setData(bars.map(([day, open, high, low, close]) => ({ time: day, open: number(open), high: number(high), low: number(low), close: number(close) })));
    return series;
  }
  /** Fills as arrows, those of one day and side under one arrow; they grow with the room of a day, so `size` holds them. */
  function marks(series, data, roomy, size, color) {
    const arrows = new Map();
    for (const [day, side, label, price] of [...data.marks].sort(byDay)) {
      const key = day + side, labels = arrows.has(key) ? `${arrows.get(key).text} ${label}` : label;
      arrows.set(key, {
        time: day, price: number(price), position: side === "buy" ? "atPriceBottom" : "atPriceTop",
        shape: side === "buy" ? "arrowUp" : "arrowDown", color: color.ink, text: roomy ? labels : "", size,
      });
    }
    LC.createSeriesMarkers(series, [...arrows.values()]);
  }

  /* ---- draw what is there, what arrives, and all of it again in the other theme */
  const KINDS = { equity, levels };
  const drawn = new Map();
  function draw(element, color) {
    if (drawn.has(element)) drawn.get(element).remove();
    const data = JSON.parse(document.getElementById(element.dataset.source).textContent);
    drawn.set(element, KINDS[element.dataset.chart](element, data, color));
  }
  function drawAll() {
    for (const [element, chart] of drawn) if (!element.isConnected) { chart.remove(); drawn.delete(element); }
    const color = tokens();
    document.querySelectorAll("[data-chart]").forEach((element) => draw(element, color));
  }
  const ready = document.fonts ? document.fonts.load("11px Inter") : Promise.resolve();
  ready.then(() => {
    drawAll();
    document.addEventListener("htmx:load", (event) => {
      const arrived = event.detail.elt;
      if (arrived !== document.body && (arrived.matches("[data-chart]") || arrived.querySelector("[data-chart]"))) drawAll();
    });
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    document.documentElement.dataset.charts = "drawn";
  });
})();

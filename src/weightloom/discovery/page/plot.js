// Scales, axes and plots of networks. Each point has the number of its network in data-network.

const MARGIN = { left: 56, right: 12, top: 10, bottom: 42 };

const CURVES = {
  linear: { at: (v) => v, back: (t) => t },
  log: { at: (v) => Math.log10(v), back: (t) => 10 ** t },
  // Linear up to the first step after 0, because step 0 has no logarithm.
  asinh: { at: (v) => Math.asinh(v / DATA.steps[1]), back: (t) => DATA.steps[1] * Math.sinh(t) },
  // Linear below 1 nat, because the KL of a simple network is about 0.
  symlog: { at: (v) => (v <= 1 ? v / 2 : 0.5 + Math.log10(v)), back: (t) => (t <= 0.5 ? 2 * t : 10 ** (t - 0.5)) },
};

/** A map from values to pixels, with the ticks that fit. On vertical axes, `from` is larger than `to`. */
function scaleOf(kind, values, from, to) {
  const finite = values.filter(Number.isFinite).map(CURVES[kind].at);
  const low = Math.min(...finite), high = Math.max(...finite);
  const spare = high > low ? 0.05 * (high - low) : 0.5 * Math.max(Math.abs(high), 1e-3);
  return axisOf(kind, low - spare, high + spare, from, to);
}

/** The same for ends on the axis's scale. */
function axisOf(kind, low, high, from, to) {
  const place = (value) => from + ((CURVES[kind].at(value) - low) / (high - low)) * (to - from);
  const inside = ({ value }) => place(value) >= Math.min(from, to) - 0.5 && place(value) <= Math.max(from, to) + 0.5;
  const letters = 6.5, gap = 10; // pixels
  const length = ({ label }) => (to > from ? letters * label.length : 6);
  const fit = (ticks) =>
    ticks.every((tick, k) => {
      const apart = k ? Math.abs(place(tick.value) - place(ticks[k - 1].value)) : Infinity;
      return apart >= (k ? (length(tick) + length(ticks[k - 1])) / 2 + gap : 0);
    });
  let ticks = [];
  for (const candidate of tickChoices(kind, low, high)) {
    ticks = candidate.filter(inside);
    if (fit(ticks)) break;
  }
  return { place, ticks };
}

/** Choices of ticks for an axis, from many to few. */
function* tickChoices(kind, low, high) {
  const { back } = CURVES[kind];
  if (kind === "linear" || (kind === "log" && high - low < 0.9)) {
    for (const count of [8, 6, 5, 4, 3, 2, 1]) yield linearTicks(back(low), back(high), count);
    return;
  }
  const bottom = { log: Math.floor(low), symlog: 0, asinh: Math.floor(Math.log10(DATA.steps[1] ?? 1)) }[kind];
  const top = Math.floor(Math.log10(back(high)) + 1e-9), zero = kind === "log" ? [] : [{ value: 0, label: "0" }];
  if (top - bottom < 5) yield [...zero, ...decades(bottom, top, 1, [1, 2, 5])];
  for (let stride = 1; stride <= Math.max(top - bottom, 1); stride++) yield [...zero, ...decades(bottom, top, stride, [1])];
}

function decades(bottom, top, stride, multiples) {
  const ticks = [], short = bottom >= -3 && top <= 4;
  for (let exponent = stride * Math.ceil(bottom / stride); exponent <= top; exponent += stride) {
    for (const multiple of multiples) {
      const value = Number(`${multiple}e${exponent}`), plain = short || exponent === 0 || exponent === 1;
      ticks.push({ value, label: plain ? formatMeasure(value) : (multiple > 1 ? `${multiple}·` : "") + power(exponent) });
    }
  }
  return ticks;
}

function linearTicks(low, high, count) {
  const rough = (high - low) / count, unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((multiple) => multiple * unit).find((size) => size >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) {
    const value = Number((k * step).toPrecision(12));
    ticks.push({ value, label: value >= 1e4 ? `${formatMeasure(value / 1000)}k` : formatMeasure(value) });
  }
  return ticks;
}

/** "log" for positive values that span more than a factor of two, or else "linear". */
function logIfWide(values) {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  return low > 0 && Math.max(...finite) > 2 * low ? "log" : "linear";
}

function kindForKl(values) {
  if (Math.min(...values) > 1) return logIfWide(values);
  return Math.max(...values) > 1 ? "symlog" : "linear";
}

/**
 * Draws a figure of networks connected by lines.
 *
 * `x` and `y` have a label and a kind. A line has points {x, y, network}, and `strong`, `colour` or `dots`.
 */
function plot(host, { title, x, y, lines, diagonal = false, height = 250, label }) {
  const width = Math.max(220, host.clientWidth);
  const points = lines.flatMap((line) => line.points);
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const both = diagonal ? [...xs, ...ys] : null;
  const across = scaleOf(x.kind, both ?? xs, MARGIN.left, width - MARGIN.right);
  const top = MARGIN.top + (title ? 14 : 0);
  const up = scaleOf(y.kind, both ?? ys, height - MARGIN.bottom, top);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
  svg.append(axes(across, up, x.label, y.label, width, height, top));
  if (title) svg.append(shape("text", { class: "title", x: MARGIN.left, y: 13 }, title));
  const shown = (point) => Number.isFinite(across.place(point.x)) && Number.isFinite(up.place(point.y));
  if (diagonal) {
    const ends = [Math.min(...both), Math.max(...both)];
    svg.append(shape("polyline", { class: "diagonal", points: ends.map((v) => `${across.place(v)},${up.place(v)}`).join(" ") }));
  }
  const strongLast = [...lines].sort((a, b) => Boolean(a.strong) - Boolean(b.strong));
  for (const line of strongLast) {
    const path = line.points.filter(shown).map((p) => `${across.place(p.x).toFixed(1)},${up.place(p.y).toFixed(1)}`);
    const stroke = line.colour ?? (line.strong ? PALETTE.ink : PALETTE.pale);
    if (!diagonal) svg.append(shape("polyline", { class: "line", points: path.join(" "), stroke }));
  }
  for (const line of strongLast) {
    for (const point of line.points.filter(shown)) {
      const fill = line.dots ? line.colour : PALETTE.algorithms[ALGORITHM[point.network]].colour;
      const size = line.dots ? 0.55 : line.strong || lines.length === 1 ? 1 : 0.8;
      svg.append(marker(point, across.place(point.x), up.place(point.y), 9 * size, fill, line.dots));
    }
  }
  host.replaceChildren(svg);
}

function marker(point, x, y, size, fill, dot) {
  const { marker: outline } = PALETTE.algorithms[dot ? PALETTE.algorithms.length - 1 : ALGORITHM[point.network]];
  return shape("path", {
    class: "point", d: dot ? circle : outline, fill, "data-network": point.network,
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${size})`,
  });
}

const circle = "M.5 0A.5 .5 0 1 1 -.5 0A.5 .5 0 1 1 .5 0Z";

function axes(across, up, xLabel, yLabel, width, height, top) {
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const group = shape("g", { class: "axes" });
  for (const { value, label } of across.ticks) {
    const x = across.place(value);
    group.append(shape("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }));
    group.append(shape("text", { x, y: bottom + 15, "text-anchor": "middle" }, label));
  }
  for (const { value, label } of up.ticks) {
    const y = up.place(value);
    group.append(shape("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }));
    group.append(shape("text", { x: left - 6, y: y + 3.5, "text-anchor": "end" }, label));
  }
  group.append(shape("path", { class: "frame", d: `M${left} ${top}V${bottom}H${right}` }));
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  group.append(shape("text", { class: "label", x: middle.x, y: height - 6, "text-anchor": "middle" }, xLabel));
  const turned = `translate(13 ${middle.y}) rotate(-90)`;
  group.append(shape("text", { class: "label", transform: turned, "text-anchor": "middle" }, yLabel));
  return group;
}

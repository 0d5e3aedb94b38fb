// Drawing of a network as a graph, as in weightloom/figures/network.py.

const SVG = document.getElementById("drawing").namespaceURI;
const SIDE = 360;
const MOST_NEURONS = 1500; // with more, a layout would take minutes
const layouts = new Map();

/** An SVG element with attributes and children. */
function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** Computes a network's positions without blocking the page and calls `done` with them. Returns a cancel function. */
function layOut(network, weights, progress, done) {
  if (layouts.has(network)) {
    done(layouts.get(network));
    return () => {};
  }
  const neurons = DATA.sizes.reduce((sum, size) => sum + size, 0);
  const work = neurons > MOST_NEURONS ? layered() : settle(weights, DATA.sizes);
  let timer = 0;
  const slice = () => {
    const until = performance.now() + 14;
    let next;
    do next = work.next();
    while (!next.done && performance.now() < until);
    if (next.done) {
      layouts.set(network, next.value);
      done(next.value);
    } else {
      progress(next.value);
      timer = setTimeout(slice);
    }
  };
  timer = setTimeout(slice);
  return () => clearTimeout(timer);
}

function* layered() {
  const [across, last] = [Math.max(...DATA.sizes), DATA.sizes.length - 1];
  return DATA.sizes.flatMap((size, layer) =>
    Array.from({ length: size }, (_, k) => [(layer / last) * across, ((k + 0.5) / size) * across]),
  );
}

/** Draws the visible weights, the strongest on top, and the neurons above them. */
function drawNetwork(svg, weights, positions) {
  const sizes = DATA.sizes, place = onPage(positions);
  const room = SIDE / Math.max(Math.sqrt(positions.length), 4);
  const lines = [];
  let first = 0;
  weights.forEach((weight, layer) => {
    const outputs = sizes[layer + 1], strongest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    weight.forEach((w, k) => {
      const share = strongest ? w / strongest : 0;
      const ends = [first + Math.floor(k / outputs), first + sizes[layer] + (k % outputs)];
      if (Math.abs(share) >= DATA.drawing.faintest) lines.push({ share, ends });
    });
    first += sizes[layer];
  });
  lines.sort((a, b) => Math.abs(a.share) - Math.abs(b.share));
  const edges = shape("g", { class: "weights", "stroke-linecap": "round" });
  for (const { share, ends: [from, to] } of lines) {
    const [x1, y1] = place[from], [x2, y2] = place[to];
    const stroke = share > 0 ? PALETTE.positive : PALETTE.negative, strength = Math.abs(share);
    const width = 0.055 * room * (0.1 + 0.9 * strength);
    edges.append(shape("line", {
      x1, y1, x2, y2, stroke, "stroke-width": width.toFixed(3), "stroke-opacity": (0.9 * strength ** 0.7).toFixed(3),
    }));
  }
  svg.replaceChildren(edges, neuronDots(place, 0.1 * room));
}

function neuronDots(place, radius) {
  const dots = shape("g", { class: "neurons", stroke: "white", "stroke-width": (0.16 * radius).toFixed(2) });
  const last = DATA.sizes.length - 1;
  const kinds = { hidden: [PALETTE.hidden, 0.7], input: [PALETTE.input, 1], output: [PALETTE.output, 1.3] };
  const made = DATA.sizes.flatMap((size, layer) => {
    const kind = layer === 0 ? "input" : layer === last ? "output" : "hidden";
    const names = { input: DATA.inputs, output: DATA.outputs }[kind] ?? [];
    return Array.from({ length: size }, (_, k) => ({
      kind, name: `${kind}${kind === "hidden" ? ` ${layer}` : ""}, ${names[k] ?? k}`,
    }));
  });
  made.forEach((neuron, index) => (neuron.at = place[index]));
  for (const kind of Object.keys(kinds)) {
    for (const neuron of made.filter((one) => one.kind === kind)) {
      const [[cx, cy], [fill, scale]] = [neuron.at, kinds[kind]];
      const title = shape("title", {}, neuron.name);
      dots.append(shape("circle", { class: kind, cx, cy, r: (scale * radius).toFixed(2), fill }, title));
    }
  }
  return dots;
}

function onPage(positions) {
  const bounds = [0, 1].map((axis) => {
    const along = positions.map((position) => position[axis]);
    return [Math.min(...along), Math.max(...along)];
  });
  const reach = 1.08 * Math.max(...bounds.map(([low, high]) => (high - low) / 2), 1e-6);
  return positions.map(([x, y]) => [
    (SIDE * (0.5 + (x - (bounds[0][0] + bounds[0][1]) / 2) / (2 * reach))).toFixed(2),
    (SIDE * (0.5 - (y - (bounds[1][0] + bounds[1][1]) / 2) / (2 * reach))).toFixed(2),
  ]);
}

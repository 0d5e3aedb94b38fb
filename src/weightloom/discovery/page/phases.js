// Phase diagrams: the algorithm over step and β, as a grid of cells to choose from by mouse and keyboard.

const MARKERS_ACROSS = 6;

/** The edges of the cells around values, halfway between neighbours on the axis's scale, and the axis's ticks. */
function cellAxis(kind, values, from, to) {
  const { at } = CURVES[kind], places = values.map(at);
  const between = places.slice(1).map((place, k) => (place + places[k]) / 2);
  const last = places.length - 1;
  const low = last ? 2 * places[0] - between[0] : places[0] - 0.5;
  const high = last ? 2 * places[last] - between[last - 1] : places[0] + 0.5;
  const pixel = (place) => from + ((place - low) / (high - low)) * (to - from);
  const axis = axisOf(kind, low, high, from, to), edges = [low, ...between, high].map(pixel);
  return values.length < 3 ? { ...axis, edges, ticks: values.map(plainTick) } : { ...axis, edges };
}

function plainTick(value) {
  return { value, label: value > 0 && value < 1e-3 ? formatBeta(value) : formatMeasure(value) };
}

function stepKind() {
  const steps = DATA.steps, last = steps.length - 1;
  if (last < 2 || steps[last] - steps[last - 1] < 4 * (steps[1] - steps[0])) return "linear";
  return steps[0] > 0 ? "log" : "asinh";
}

/** One seed's phase diagram. */
function drawPhases(host, seed) {
  const width = Math.max(220, host.clientWidth), height = BETAS > 1 ? 240 : 110;
  const bottom = height - MARGIN.bottom, top = 24;
  const stepAxis = cellAxis(stepKind(), DATA.steps, MARGIN.left, width - MARGIN.right);
  const betaAxis = cellAxis(BETAS > 1 ? "log" : "linear", DATA.betas, bottom, top);
  const across = stepAxis.edges, up = betaAxis.edges;
  const name = `Phase diagram of seed ${DATA.seeds[seed]}: use the arrow keys to move`;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "grid", "aria-label": name });
  svg.append(shape("text", { class: "title", x: MARGIN.left, y: 14 }, `seed ${DATA.seeds[seed]}`));
  for (let beta = 0; beta < BETAS; beta++) {
    const row = shape("g", { role: "row" });
    for (let step = 0; step < STEPS; step++) {
      const network = networkAt({ seed, step, beta });
      row.append(shape("rect", {
        class: "cell", role: "gridcell", tabindex: -1, "data-network": network,
        fill: PALETTE.algorithms[ALGORITHM[network]].colour,
        x: across[step].toFixed(2), width: (across[step + 1] - across[step]).toFixed(2),
        y: up[beta + 1].toFixed(2), height: (up[beta] - up[beta + 1]).toFixed(2),
      }));
    }
    svg.append(row);
  }
  svg.append(someMarkers(seed, across, up), axes(stepAxis, betaAxis, "training step", "β", width, height, top));
  svg.append(shape("rect", { class: "chosen", hidden: "" }));
  host.replaceChildren(svg);
}

function middles(edges) {
  return edges.slice(1).map((edge, k) => (edge + edges[k]) / 2);
}

// Some cells show the marker of their algorithm, for readers who are colour-blind.
function someMarkers(seed, across, up) {
  const some = (count) => {
    const stride = Math.ceil(count / MARKERS_ACROSS);
    return Array.from({ length: count }, (_, k) => k).filter((k) => k % stride === Math.floor(stride / 2));
  };
  const group = shape("g", { class: "markers" }), [xs, ys] = [middles(across), middles(up)];
  for (const step of some(STEPS)) {
    for (const beta of some(BETAS)) {
      const { marker: outline } = PALETTE.algorithms[ALGORITHM[networkAt({ seed, step, beta })]];
      group.append(shape("path", { d: outline, transform: `translate(${xs[step]} ${ys[beta]}) scale(6)` }));
    }
  }
  return group;
}

/** Outlines the chosen cell and makes it the target of the Tab key. */
function markChosenCell(host, network) {
  for (const svg of host.querySelectorAll("svg")) {
    svg.querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
    const cell = svg.querySelector(`[data-network="${network}"]`);
    const outline = svg.querySelector(".chosen");
    outline.toggleAttribute("hidden", !cell);
    (cell ?? svg.querySelector(".cell")).setAttribute("tabindex", 0);
    if (!cell) continue;
    cell.setAttribute("aria-label", describe(network));
    for (const name of ["x", "y", "width", "height"]) outline.setAttribute(name, cell.getAttribute(name));
  }
}

const MOVES = { ArrowLeft: ["step", -1], ArrowRight: ["step", 1], ArrowDown: ["beta", -1], ArrowUp: ["beta", 1] };

/** The network to which a key moves from a cell, or null. */
function networkByKey(key, network) {
  if (key === "Enter" || key === " ") return network;
  if (!(key in MOVES)) return null;
  const [axis, by] = MOVES[key], place = placeOf(network);
  place[axis] = Math.min(Math.max(place[axis] + by, 0), (axis === "step" ? STEPS : BETAS) - 1);
  return networkAt(place);
}

// The page: the chosen network and the figures.

const chosen = placeOf(DATA.start);
const sections = ["front", "phases", "orders", "ledger", "ablation", "generalisation"];
const hosts = Object.fromEntries(sections.map((name) => [name, document.querySelector(`#${name} .plots`)]));
const LOSS = `loss (${DATA.loss_label})`;
const ORDERS = [
  ["double_sidedness", "α₁ double-sidedness"],
  ["strongest_connection", "α₂ strongest connection"],
  ["seed_dependence", "α₃ seed dependence"],
].filter(([name]) => name in MEASURES);
let cancelLayout = () => {};

/** An HTML element with text. */
function make(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function figureIn(host, className = "") {
  const figure = make("div");
  figure.className = `plot ${className}`;
  host.append(figure);
  return figure;
}

function describe(network) {
  const { seed, step, beta } = placeOf(network);
  const kl = "kl" in MEASURES ? `, KL ${formatMeasure(MEASURES.kl[network])}` : "";
  const name = PALETTE.algorithms[ALGORITHM[network]].name;
  const place = `seed ${DATA.seeds[seed]}, step ${formatWhole(DATA.steps[step])}, β ${formatBeta(DATA.betas[beta])}`;
  return `${name}: loss ${formatMeasure(MEASURES.loss[network])}${kl}; ${place}`;
}

// Figures are over β, or over steps if the run has only one β, like the Adam baseline.
const OVER_BETA = BETAS > 1;
const ALONG = OVER_BETA
  ? { label: "β (loss per nat)", kind: "log", value: (place) => DATA.betas[place.beta] }
  : { label: "training step", kind: logIfWide(DATA.steps), value: (place) => DATA.steps[place.step] };

/** The networks of the shown step along β (or of all steps), one line per seed. */
function linesOf(x, y, seeds = DATA.seeds.keys()) {
  return [...seeds].map((seed) => ({
    strong: seed === chosen.seed,
    points: Array.from({ length: OVER_BETA ? BETAS : STEPS }, (_, k) => {
      const network = networkAt(OVER_BETA ? { seed, step: chosen.step, beta: k } : { seed, step: k, beta: 0 });
      return { network, x: x(network), y: y(network) };
    }),
  }));
}

const measure = (name) => (network) => (name === "kl" ? Math.max(MEASURES.kl[network], 0) : MEASURES[name][network]);
const along = (network) => ALONG.value(placeOf(network));
const ys = (lines) => lines.flatMap((line) => line.points.map((point) => point.y));
const xs = (lines) => lines.flatMap((line) => line.points.map((point) => point.x));

function drawFront() {
  const step = `step ${formatWhole(DATA.steps[chosen.step])}`;
  const title = "kl" in MEASURES ? `Front at ${step}` : "Loss over training";
  document.querySelector("#front h2").textContent = title;
  hosts.front.replaceChildren();
  const over = linesOf(along, measure("loss"));
  const y = { label: LOSS, kind: logIfWide(ys(over)) };
  if ("kl" in MEASURES) {
    const front = linesOf(measure("kl"), measure("loss"));
    const x = { label: "KL (nats)", kind: kindForKl(xs(front)) };
    plot(figureIn(hosts.front), { x, y, lines: front, label: "Loss against KL", height: 300 });
  }
  const x = { label: ALONG.label, kind: ALONG.kind };
  plot(figureIn(hosts.front), { x, y, lines: over, label: `Loss over ${ALONG.label}`, height: 300 });
}

function drawOrders() {
  hosts.orders.replaceChildren();
  for (const [name, label] of ORDERS) {
    const lines = linesOf(along, measure(name));
    const y = { label: "", kind: logIfWide(ys(lines)) };
    const x = { label: ALONG.label, kind: ALONG.kind };
    plot(figureIn(hosts.orders), { title: label, x, y, lines, label: `${label} over ${ALONG.label}` });
  }
  const lines = linesOf(measure("strongest_connection"), measure("double_sidedness"));
  const x = { label: "α₂ strongest connection", kind: logIfWide(xs(lines)) };
  const y = { label: "", kind: logIfWide(ys(lines)) };
  plot(figureIn(hosts.orders), { title: "α₁ against α₂", x, y, lines, label: "α₁ against α₂" });
}

function drawLedger() {
  if (!HYPERLAYERS) return;
  const lines = Array.from({ length: DEPTH }, (_, hyperlayer) => {
    const [line] = linesOf(along, (network) => Math.max(HYPERLAYERS[network * DEPTH + hyperlayer], 0), [chosen.seed]);
    return { ...line, dots: true, colour: `rgb(${shade(0.3 + (0.7 * hyperlayer) / Math.max(DEPTH - 1, 1)).join(" ")})` };
  });
  const y = { label: "KL (nats)", kind: kindForKl(ys(lines)) };
  const x = { label: ALONG.label, kind: ALONG.kind };
  hosts.ledger.replaceChildren();
  const title = `KL per hyperlayer, seed ${DATA.seeds[chosen.seed]}, step ${formatWhole(DATA.steps[chosen.step])}`;
  const figure = figureIn(hosts.ledger), key = make("ul"), canvas = make("div");
  key.className = "legend";
  lines.forEach((line, hyperlayer) => {
    const entry = make("li", `hyperlayer ${hyperlayer}`);
    entry.prepend(swatch(circle, line.colour));
    key.append(entry);
  });
  figure.append(make("h3", title), canvas, key);
  plot(canvas, { x, y, lines, label: title, height: 270 });
  drawEdgeKl(figureIn(hosts.ledger, "edges"), networkAt(chosen));
}

function drawAblation() {
  if (!("loss_without_encoder" in MEASURES)) return;
  const lines = linesOf(measure("loss"), measure("loss_without_encoder"));
  const kind = logIfWide([...xs(lines), ...ys(lines)]);
  const [x, y] = [{ label: "loss", kind }, { label: "loss without encoder", kind }];
  hosts.ablation.replaceChildren();
  plot(figureIn(hosts.ablation, "square"), { x, y, lines, diagonal: true, label: "Loss without the encoder against loss with the encoder", height: 320 });
}

function drawAllPhases() {
  hosts.phases.replaceChildren();
  const figures = DATA.seeds.map(() => figureIn(hosts.phases));
  figures.forEach((figure, seed) => drawPhases(figure, seed));
}

function drawFigures() {
  drawFront();
  drawOrders();
  drawLedger();
  drawAblation();
  const ring = `.charts .point[data-network="${networkAt(chosen)}"]`;
  for (const point of document.querySelectorAll(ring)) {
    const transform = point.getAttribute("transform").replace(/scale.*/, "scale(18)");
    point.parentNode.append(point, shape("path", { class: "ring", d: circle, transform }));
  }
  markChosenCell(hosts.phases, networkAt(chosen));
}

function swatch(outline, fill) {
  const svg = shape("svg", { viewBox: "-0.8 -0.8 1.6 1.6", class: "swatch", "aria-hidden": "true" });
  svg.append(shape("path", { d: outline, fill }));
  return svg;
}

function drawFacts(network) {
  const { colour, marker: outline, name } = PALETTE.algorithms[ALGORITHM[network]];
  document.getElementById("algorithm").replaceChildren(swatch(outline, colour), name);
  const entries = [
    ["loss", "loss"], ["loss_without_encoder", "without encoder"], ["kl", "KL (nats)"], ["double_sidedness", "α₁"],
    ["strongest_connection", "α₂"], ["seed_dependence", "α₃"], ["margin", "margin"],
  ];
  const rows = entries.filter(([key]) => key in MEASURES).map(([key, label]) => {
    const row = make("div");
    row.append(make("dt", label), make("dd", formatMeasure(MEASURES[key][network])));
    return row;
  });
  document.getElementById("facts").replaceChildren(...rows);
  for (const { axis, input, output, values, format } of sliders) {
    input.value = chosen[axis];
    output.textContent = format(values[chosen[axis]]);
    input.setAttribute("aria-valuetext", output.textContent);
  }
}

function draw(network) {
  cancelLayout();
  const svg = document.getElementById("drawing"), weights = weightsOf(network);
  svg.classList.add("waiting");
  svg.removeAttribute("data-drawn");
  const finish = (positions) => {
    drawNetwork(svg, weights, positions);
    svg.classList.remove("waiting");
    svg.setAttribute("aria-label", `Drawing of ${describe(network)}`);
    svg.dataset.drawn = network;
    say("");
  };
  cancelLayout = layOut(network, weights, (share) => say(`drawing … ${Math.round(100 * share)} %`), finish);
}

function say(text) {
  const message = document.getElementById("message");
  if (message.textContent !== text) message.textContent = text;
}

/** Shows a network in all figures. `remember` writes it to the page's address. */
function choose(network, remember = true) {
  Object.assign(chosen, placeOf(network));
  if (remember) {
    const { seed, step, beta } = chosen;
    history.replaceState(null, "", `#seed=${DATA.seeds[seed]}&step=${DATA.steps[step]}&beta=${DATA.betas[beta]}`);
  }
  drawFacts(network);
  drawFigures();
  draw(network);
}

/** The network in the page's address. Missing parts are those of the chosen network. */
function networkInAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const nearest = (values, given, curve) => {
    const distances = values.map((value) => Math.abs(curve(value) - curve(given)));
    return Math.max(distances.indexOf(Math.min(...distances)), 0);
  };
  const place = { ...chosen };
  const given = (name) => (asked.has(name) && asked.get(name) !== "" ? Number(asked.get(name)) : NaN);
  if (DATA.seeds.includes(given("seed"))) place.seed = DATA.seeds.indexOf(given("seed"));
  if (given("step") >= 0) place.step = nearest(DATA.steps, given("step"), (step) => step);
  if (given("beta") > 0) place.beta = nearest(DATA.betas, given("beta"), Math.log);
  return networkAt(place);
}

const sliders = [
  { axis: "seed", name: "seed", values: DATA.seeds, format: String },
  { axis: "step", name: "step", values: DATA.steps, format: formatWhole },
  { axis: "beta", name: "β", values: DATA.betas, format: formatBeta },
].filter(({ values }) => values.length > 1);

for (const slider of sliders) {
  const label = make("label"), input = make("input"), output = make("output");
  Object.assign(input, { type: "range", min: 0, max: slider.values.length - 1, step: 1 });
  input.addEventListener("input", () => choose(networkAt({ ...chosen, [slider.axis]: Number(input.value) })));
  label.append(make("span", slider.name), input, output);
  document.getElementById("chooser").append(label);
  Object.assign(slider, { input, output });
}

function drawLegend() {
  const legend = document.getElementById("legend");
  PALETTE.algorithms.forEach(({ colour, marker: outline, name }, code) => {
    if (!ALGORITHM.includes(code)) return;
    const entry = make("li", name);
    entry.prepend(swatch(outline, colour));
    legend.append(entry);
  });
}

function drawNote() {
  const parts = [[STEPS, DATA.measured.steps, "steps"], [BETAS, DATA.measured.betas, "β"]]
    .filter(([shown, measured]) => shown < measured)
    .map(([shown, measured, name]) => `${shown} of the ${measured} measured ${name}`);
  const note = document.getElementById("note");
  note.hidden = parts.length === 0;
  note.textContent = `To limit its size, this page includes ${parts.join(" and ")}.`;
}

const tooltip = document.getElementById("tooltip");
const networkUnder = (event) => event.target.closest?.("[data-network]");

document.addEventListener("click", (event) => {
  const target = networkUnder(event);
  if (target) choose(Number(target.dataset.network));
});
document.addEventListener("pointermove", (event) => {
  const target = networkUnder(event);
  tooltip.hidden = !target || event.pointerType === "touch";
  if (tooltip.hidden) return;
  tooltip.textContent = describe(Number(target.dataset.network));
  const right = event.clientX > innerWidth / 2;
  const left = event.clientX + (right ? -tooltip.offsetWidth - 12 : 12);
  tooltip.style.left = `${Math.max(6, Math.min(left, innerWidth - tooltip.offsetWidth - 6))}px`;
  tooltip.style.top = `${Math.min(event.clientY + 14, innerHeight - tooltip.offsetHeight - 6)}px`;
});
hosts.phases.addEventListener("keydown", (event) => {
  const cell = networkUnder(event);
  const network = cell ? networkByKey(event.key, Number(cell.dataset.network)) : null;
  if (network === null) return;
  event.preventDefault();
  choose(network);
  hosts.phases.querySelector(`[data-network="${network}"]`).focus({ preventScroll: true });
});
window.addEventListener("hashchange", () => choose(networkInAddress(), false));
let resized = 0, width = innerWidth;
window.addEventListener("resize", () => {
  // On phones, showing or hiding the address bar changes only the height.
  if (innerWidth === width) return;
  width = innerWidth;
  clearTimeout(resized);
  resized = setTimeout(() => (drawAllPhases(), drawFigures()), 150);
});

for (const [name, present] of [
  ["ledger", HYPERLAYERS], ["ablation", "loss_without_encoder" in MEASURES], ["generalisation", DATA.generalisation],
]) {
  if (!present) document.getElementById(name).remove();
}
drawLegend();
drawNote();
drawAllPhases();
if (DATA.generalisation) drawGeneralisation(hosts.generalisation);
choose(networkInAddress(), false);
document.documentElement.dataset.ready = "true";

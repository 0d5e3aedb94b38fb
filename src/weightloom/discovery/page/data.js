"use strict";
// Decoding of the embedded data, and recording of errors.

function recordError(text) {
  const root = document.documentElement;
  root.dataset.errors = [root.dataset.errors, text].filter(Boolean).join("\n");
}
window.onerror = (text) => recordError(String(text));
window.addEventListener("unhandledrejection", (event) => recordError(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => recordError(`blocked: ${event.blockedURI}`));

const DATA = JSON.parse(document.getElementById("data").textContent);
const PALETTE = DATA.palette;
const SEEDS = DATA.seeds.length, STEPS = DATA.steps.length, BETAS = DATA.betas.length;
const EDGES = DATA.sizes.slice(1).reduce((sum, size, layer) => sum + size * DATA.sizes[layer], 0);

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function floats(text) {
  const view = new DataView(bytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, k) => view.getFloat32(4 * k, true));
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}

const MEASURES = Object.fromEntries(Object.entries(DATA.scalars).map(([name, text]) => [name, floats(text)]));
const ALGORITHM = bytes(DATA.algorithm);
const HYPERLAYERS = DATA.hyperlayers && floats(DATA.hyperlayers);
const DEPTH = HYPERLAYERS ? HYPERLAYERS.length / (SEEDS * STEPS * BETAS) : 0;
const EDGE_KL = DATA.edges ? floats(DATA.edges) : null;
const SCALES = floats(DATA.weights.scale);

// Networks are numbered along (seed, step, beta). A place holds the three indices.
function networkAt(place) {
  return (place.seed * STEPS + place.step) * BETAS + place.beta;
}

function placeOf(network) {
  return {
    seed: Math.floor(network / (STEPS * BETAS)),
    step: Math.floor(network / BETAS) % STEPS,
    beta: network % BETAS,
  };
}

/** One array per layer, row-major (inputs, outputs). */
function weightsOf(network) {
  const view = new DataView(bytes(DATA.weights.networks[network]).buffer);
  const layers = DATA.sizes.length - 1;
  let start = 0;
  return Array.from({ length: layers }, (_, layer) => {
    const scale = SCALES[network * layers + layer];
    const count = DATA.sizes[layer] * DATA.sizes[layer + 1];
    const weight = Float64Array.from({ length: count }, (_, k) => scale * half(view.getUint16(2 * (start + k), true)));
    start += count;
    return weight;
  });
}

/** The KL of each edge of a network, or null if the page does not have it. */
function edgeKlOf(network) {
  const { seed, step, beta } = placeOf(network);
  if (!EDGE_KL || step !== STEPS - 1) return null;
  const start = (seed * BETAS + beta) * EDGES;
  return EDGE_KL.subarray(start, start + EDGES);
}

// Formatting of numbers.
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

function formatBeta(beta) {
  return beta === 0 ? "0" : beta.toExponential(1).replace("e+0", "").replace("e+", "e");
}

function formatWhole(number) {
  return number.toLocaleString("en");
}

function formatMeasure(number) {
  if (!Number.isFinite(number)) return "–";
  if (Math.abs(number) >= 1000) return formatWhole(Math.round(number));
  return Math.abs(number) < 5e-4 && number !== 0 ? number.toExponential(1) : String(Number(number.toPrecision(3)));
}

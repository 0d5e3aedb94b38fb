// Force-directed graph drawing (Liao et al. 2023, appendix B.1), as in weightloom/figures/layouts/_force_directed.py.
// Energies: 1/r between all neurons, |w| r² along weights, r² to the origin. Two of four dimensions decay.

const AXES = 4;

/** The attraction |w| of each pair of neurons, scaled to a typical weight and clipped at the largest one. */
function attractionMatrix(weights, sizes) {
  const neurons = sizes.reduce((sum, size) => sum + size, 0);
  const strengths = weights.flatMap((weight) => [...weight].map(Math.abs)).filter((weight) => weight > 0);
  strengths.sort((a, b) => a - b);
  const middle = strengths.length / 2;
  const typical = strengths.length ? (strengths[Math.ceil(middle) - 1] + strengths[Math.floor(middle)]) / 2 : 0;
  const scale = DATA.drawing.typical / Math.max(typical, DATA.drawing.typical);
  const attraction = new Float64Array(neurons * neurons);
  let first = 0;
  weights.forEach((weight, layer) => {
    const inputs = sizes[layer], outputs = sizes[layer + 1];
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) {
        const a = first + i, b = first + inputs + j;
        const strength = Math.min(scale * Math.abs(weight[i * outputs + j]), DATA.drawing.largest);
        attraction[a * neurons + b] = attraction[b * neurons + a] = strength;
      }
    }
    first += inputs;
  });
  return attraction;
}

/** The inverse of the curvature 2·(1 + Laplacian) of both attractions, by Gauss and Jordan. */
function complianceMatrix(attraction, neurons) {
  const matrix = new Float64Array(neurons * neurons);
  for (let i = 0; i < neurons; i++) {
    let degree = 0;
    for (let j = 0; j < neurons; j++) {
      degree += attraction[i * neurons + j];
      matrix[i * neurons + j] = -2 * attraction[i * neurons + j];
    }
    matrix[i * neurons + i] = 2 * (1 + degree);
  }
  // The matrix is diagonally dominant and needs no pivoting.
  for (let k = 0; k < neurons; k++) {
    const pivot = 1 / matrix[k * neurons + k];
    for (let i = 0; i < neurons; i++) {
      const factor = matrix[i * neurons + k] * pivot;
      if (i === k || factor === 0) continue;
      for (let j = 0; j < neurons; j++) {
        if (j !== k) matrix[i * neurons + j] -= factor * matrix[k * neurons + j];
      }
      matrix[i * neurons + k] = -factor;
    }
    for (let j = 0; j < neurons; j++) matrix[k * neurons + j] *= pivot;
    matrix[k * neurons + k] = pivot;
  }
  return matrix;
}

/** Returns the energy and writes its gradient to `gradient`. */
function slopeOf(attraction, positions, gradient, neurons) {
  const [softening, p, g] = [DATA.drawing.coincidence, positions, gradient];
  let energy = 0;
  for (let k = 0; k < g.length; k++) {
    g[k] = 2 * p[k];
    energy += p[k] * p[k];
  }
  for (let i = 0; i < neurons; i++) {
    const a = AXES * i;
    for (let j = 0; j < i; j++) {
      const b = AXES * j, strength = attraction[i * neurons + j];
      const x = p[a] - p[b], y = p[a + 1] - p[b + 1], z = p[a + 2] - p[b + 2], w = p[a + 3] - p[b + 3];
      const square = x * x + y * y + z * z + w * w, nearness = 1 / Math.sqrt(square + softening);
      const stiffness = 2 * strength - nearness * nearness * nearness;
      energy += nearness + strength * square;
      g[a] += stiffness * x, g[a + 1] += stiffness * y, g[a + 2] += stiffness * z, g[a + 3] += stiffness * w;
      g[b] -= stiffness * x, g[b + 1] -= stiffness * y, g[b + 2] -= stiffness * z, g[b + 3] -= stiffness * w;
    }
  }
  return energy;
}

function normalNumbers(count, seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float64Array.from({ length: count }, normal);
}

/**
 * Minimises the energy from several starts. Yields the finished share of the work after each step.
 * Returns the positions of the start with the lowest energy as [x, y] per neuron, rotated upright.
 */
function* settle(weights, sizes) {
  const { flattening, settling, longest } = DATA.drawing;
  const neurons = sizes.reduce((sum, size) => sum + size, 0);
  const starts = Math.min(DATA.drawing.starts, Math.max(1, Math.floor(DATA.drawing.pairs / neurons ** 2)));
  const attraction = attractionMatrix(weights, sizes), compliance = complianceMatrix(attraction, neurons);
  const gradient = new Float64Array(AXES * neurons);
  let best = { energy: Infinity, positions: null };
  for (let start = 0; start < starts; start++) {
    const positions = normalNumbers(AXES * neurons, start + 1), velocity = new Float64Array(AXES * neurons);
    let pace = 0.1;
    for (let step = 0; step < flattening + settling; step++) {
      slopeOf(attraction, positions, gradient, neurons);
      pace = descend(positions, velocity, gradient, compliance, pace, longest);
      const kept = step < flattening ? 1 - (step / (flattening - 1)) ** 3 : 0;
      for (let k = 0; k < positions.length; k++) {
        if (k % AXES < 2) continue;
        positions[k] *= kept;
        velocity[k] *= kept;
      }
      yield (start + step / (flattening + settling)) / starts;
    }
    const energy = slopeOf(attraction, positions, gradient, neurons);
    if (energy < best.energy || !best.positions) best = { energy, positions };
  }
  return upright(best.positions, neurons);
}

/** Takes one step with momentum, which is reset if it goes uphill. Returns the next pace. */
function descend(positions, velocity, gradient, compliance, pace, longest) {
  const neurons = positions.length / AXES;
  let along = 0;
  for (let k = 0; k < gradient.length; k++) along += gradient[k] * velocity[k];
  if (along > 0) velocity.fill(0);
  for (let i = 0; i < neurons; i++) {
    let x = 0, y = 0, z = 0, w = 0;
    for (let j = 0, row = i * neurons; j < neurons; j++) {
      const c = compliance[row + j], b = AXES * j;
      x += c * gradient[b], y += c * gradient[b + 1], z += c * gradient[b + 2], w += c * gradient[b + 3];
    }
    const a = AXES * i;
    velocity[a] -= pace * x, velocity[a + 1] -= pace * y, velocity[a + 2] -= pace * z, velocity[a + 3] -= pace * w;
  }
  const next = along > 0 ? pace / 2 : Math.min(1.1 * pace, 1);
  let fastest = 0;
  for (let a = 0; a < velocity.length; a += AXES) {
    fastest = Math.max(fastest, velocity[a] ** 2 + velocity[a + 1] ** 2 + velocity[a + 2] ** 2 + velocity[a + 3] ** 2);
  }
  // The limit keeps two close neurons from repelling each other out of the picture.
  const reach = next * Math.sqrt(fastest), limit = reach > longest ? longest / reach : 1;
  for (let k = 0; k < velocity.length; k++) {
    velocity[k] *= limit;
    positions[k] += next * velocity[k];
  }
  return next;
}

/** Rotates the plane to its principal axes, with the first neuron in the upper right. */
function upright(positions, neurons) {
  const points = Array.from({ length: neurons }, (_, i) => [positions[AXES * i], positions[AXES * i + 1]]);
  const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / neurons);
  let wide = 0, tall = 0, mixed = 0;
  for (const point of points) {
    const x = point[0] - middle[0], y = point[1] - middle[1];
    wide += x * x, tall += y * y, mixed += x * y;
  }
  const angle = Math.atan2(2 * mixed, wide - tall) / 2, cosine = Math.cos(angle), sine = Math.sin(angle);
  const turned = points.map(([x, y]) => [x * cosine + y * sine, y * cosine - x * sine]);
  const signs = turned[0].map((coordinate) => (coordinate < 0 ? -1 : 1));
  return turned.map(([x, y]) => [signs[0] * x, signs[1] * y]);
}

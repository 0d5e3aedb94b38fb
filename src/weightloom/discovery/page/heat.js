// Heat maps: the KL of each edge, and the loss at other sizes.

/** A colour from white at 0 to the palette's blue at 1, as [red, green, blue]. */
function shade(share) {
  return [1, 3, 5].map((at) => {
    const full = parseInt(PALETTE.negative.slice(at, at + 2), 16);
    return Math.round(255 + Math.min(Math.max(share, 0), 1) * (full - 255));
  });
}

/** Draws one image per layer, with a pixel per edge and the longer side horizontal. */
function drawEdgeKl(host, network) {
  const kl = edgeKlOf(network);
  const heading = make("h3", "KL per edge of the chosen network");
  if (!kl) {
    const reason = DATA.edges === null ? "is not in this run, which is a compact copy"
      : DATA.edges === "" ? "is too large for this page. It is in run.measures.kl_edge"
      : "is on this page for the last step only";
    host.replaceChildren(heading, make("p", `The KL of single edges ${reason}.`));
    return;
  }
  const most = kl.reduce((a, b) => Math.max(a, b), 0), parts = [heading];
  let start = 0;
  DATA.sizes.slice(1).forEach((outputs, layer) => {
    const inputs = DATA.sizes[layer], wide = outputs >= inputs;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = wide ? [outputs, inputs] : [inputs, outputs];
    canvas.style.maxWidth = `${24 * canvas.width}px`;
    const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) {
        const at = 4 * (wide ? i * outputs + j : j * inputs + i);
        image.data.set([...shade(most > 0 ? kl[start + i * outputs + j] / most : 0), 255], at);
      }
    }
    context.putImageData(image, 0, 0);
    start += inputs * outputs;
    const names = [`${inputs} inputs`, `${outputs} outputs`];
    const [rows, columns] = wide ? names : names.reverse();
    const caption = make("figcaption", `layer ${layer}: ${rows} down, ${columns} across`);
    const figure = make("figure");
    figure.append(canvas, caption);
    parts.push(figure);
  });
  parts.push(make("p", `White is 0 nats, the darkest blue ${formatMeasure(most)} nats.`));
  host.replaceChildren(...parts);
}

/** Draws the loss over inputs and hidden neurons as a table of shaded cells. */
function drawGeneralisation(host) {
  const { inputs, hidden, loss } = DATA.generalisation;
  const logs = loss.flat().filter((value) => value > 0).map(Math.log);
  const low = Math.min(...logs), span = Math.max(...logs) - low || 1;
  const head = make("tr");
  head.append(make("th", "inputs \\ hidden"), ...hidden.map((size) => make("th", String(size))));
  const table = make("table");
  table.append(head);
  inputs.forEach((size, i) => {
    const row = make("tr");
    row.append(make("th", String(size)));
    hidden.forEach((width, j) => {
      const value = loss[i][j], cell = make("td", value === null ? "–" : formatMeasure(value));
      if (value > 0) {
        const share = (Math.log(value) - low) / span;
        cell.style.background = `rgb(${shade(0.9 * share).join(" ")})`;
        if (share > 0.6) cell.style.color = "white";
      }
      if (DATA.sizes.length === 3 && size === DATA.sizes[0] && width === DATA.sizes[1]) cell.className = "trained";
      row.append(cell);
    });
    table.append(row);
  });
  host.replaceChildren(table);
}

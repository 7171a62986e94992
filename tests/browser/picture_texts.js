// Texts of pictures: which touch one another, and which leave the picture.
// Given SVGs as text, returns for each its faults in words, in the picture's own units.
(svgs) => {
  // Side by side, words closer than a space are read as one; of ink over ink none is allowed.
  const SPACE = 2, INK = 0.5;
  const host = document.body.appendChild(document.createElement("div"));
  const ruler = document.createElement("canvas").getContext("2d");

  // Where the letters of a line are drawn: across by their advances, down by their ink.
  const boxOf = (text, line, whole) => {
    const style = getComputedStyle(text);
    ruler.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const ink = ruler.measureText(line.textContent);
    const first = line.getExtentOfChar(0);
    const last = line.getExtentOfChar(line.getNumberOfChars() - 1);
    const base = line.getStartPositionOfChar(0).y;
    const place = text.getScreenCTM();
    const corners = [first.x, last.x + last.width].flatMap((x) =>
      [base - ink.actualBoundingBoxAscent, base + ink.actualBoundingBoxDescent].map((y) =>
        new DOMPoint(x, y).matrixTransform(place),
      ),
    );
    const xs = corners.map((corner) => corner.x - whole.left);
    const ys = corners.map((corner) => corner.y - whole.top);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    return { left, right, top, bottom };
  };

  const faultsOf = (svg) => {
    // Marks without words would only take time.
    const drawing = new DOMParser().parseFromString(svg, "image/svg+xml");
    drawing.querySelectorAll("path, line, rect:not(:first-child)").forEach((mark) => mark.remove());
    const picture = document.importNode(drawing.documentElement, true);
    host.replaceChildren(picture);
    const whole = picture.getBoundingClientRect();
    // A halo is the same words at the same place: one text.
    const texts = new Map();
    for (const text of picture.querySelectorAll("text")) {
      if (getComputedStyle(text).opacity === "0") continue;
      const lines = text.querySelectorAll("tspan");
      for (const line of lines.length ? lines : [text]) {
        const said = line.textContent.trim();
        if (!said) continue;
        const box = boxOf(text, line, whole);
        texts.set(`${said} ${Math.round(box.left)} ${Math.round(box.top)}`, { said, ...box });
      }
    }
    const found = [...texts.values()].sort((one, other) => one.top - other.top);
    const faults = [];
    found.forEach((one, place) => {
      const out = Math.max(
        -one.left, one.right - whole.width, -one.top, one.bottom - whole.height,
      );
      if (out > INK) faults.push(`"${one.said}" leaves the picture by ${out.toFixed(1)}`);
      for (const other of found.slice(place + 1)) {
        if (other.top > one.bottom) break;
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > -SPACE && down > INK)
          faults.push(
            `"${one.said}" and "${other.said}" meet: ${across.toFixed(1)} x ${down.toFixed(1)}`,
          );
      }
    });
    return { faults, texts: found.length };
  };
  return svgs.map(faultsOf);
}

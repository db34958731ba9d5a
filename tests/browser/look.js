/* What the tests ask of a page's look: contrast of all visible text, visible focus, nothing cut off.
   One expression; its value is an object of functions. */
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /* Any CSS colour as [r, g, b, a], 0..255 and 0..1. */
  function rgba(text) {
    const plain = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(text);
    if (plain) { return [+plain[1], +plain[2], +plain[3], plain[4] === undefined ? 1 : +plain[4]]; }
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  const over = ([r, g, b, a], under) =>
    [r, g, b].map((value, n) => value * a + under[n] * (1 - a)).concat(1);

  /* Relative luminance and contrast, WCAG 2.2. */
  function light([r, g, b]) {
    const [x, y, z] = [r, g, b].map(v => v / 255)
      .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  }
  function contrast(one, other) {
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  /* The colour behind an element: its own and its ancestors' grounds, one over the other. */
  function ground(element) {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) { layers.push(colour); }
      if (colour[3] === 1) { break; }
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
  }

  function faded(element) {
    let opacity = 1;
    for (let one = element; one; one = one.parentElement) {
      opacity *= +getComputedStyle(one).opacity;
    }
    return opacity;
  }

  function seen(element) {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      && !element.closest(".unseen, .skip, [disabled], [aria-disabled=true], [data-disabled]");
  }

  /* Texts whose contrast is too low: [what, class, ratio, colour, ground]. */
  function faint() {
    const found = new Map(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement, text = node.data.trim();
      if (!text || !seen(element) || element.closest("script, style, defs, .veil")) { continue; }
      const style = getComputedStyle(element), svg = element instanceof SVGElement;
      const under = ground(element), own = rgba(svg ? style.fill : style.color);
      own[3] *= faded(element) * (svg ? +style.fillOpacity : 1);
      const ratio = contrast(over(own, under), under);
      const px = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
      // A sign that stands for a word beside it is a drawing.
      const sign = (svg || element.closest("[aria-hidden=true]")) && /^[^\p{L}\p{N}]$/u.test(text);
      if (ratio < (sign || px >= 24 || (bold && px >= 18.66) ? 3 : 4.5)) {
        const name = element.closest("[class]")?.getAttribute("class") ?? element.tagName;
        found.set(`${name} ${own} ${under}`, [text.slice(0, 30), name, +ratio.toFixed(2),
          own.map(v => +v.toFixed(2)).join(), under.map(v => Math.round(v)).join()]);
      }
    }
    return [...found.values()];
  }

  /* What can have the focus and does not show it; and what comes out of turn. */
  function unmarked() {
    const traits = ["outlineStyle", "outlineWidth", "boxShadow", "borderTopColor", "backgroundColor"];
    const look = element => {
      const said = [];
      for (let one = element, n = 0; one && n < 4; one = one.parentElement, n += 1) {
        const style = getComputedStyle(one);
        said.push(traits.map(trait => style[trait]).join());
      }
      return said.join(";");
    };
    const before = document.activeElement, found = [];
    const all = document.querySelectorAll("a[href], button, input, select, [tabindex]");
    for (const one of all) {
      if (one.tabIndex > 0) { found.push(`turn ${one.tabIndex}: ${one.className}`); }
      if (one.tabIndex < 0 || one.disabled || !one.checkVisibility()) { continue; }
      document.activeElement.blur();
      const plain = look(one);
      one.focus({ preventScroll: true });
      if (document.activeElement === one && look(one) === plain) {
        found.push(`${one.tagName} ${one.getAttribute("class") ?? one.id}`);
      }
    }
    before?.focus?.({ preventScroll: true });
    return [...new Set(found)];
  }

  /* One-line texts that are cut off without saying so. */
  function cut() {
    return [...document.querySelectorAll("#page *")].filter(one => {
      if (one.childElementCount || !one.textContent.trim() || !seen(one)) { return false; }
      const style = getComputedStyle(one);
      return style.overflowX === "hidden" && style.textOverflow !== "ellipsis"
        && one.scrollWidth > one.clientWidth + 1;
    }).map(one => `${one.getAttribute("class")}: ${one.textContent.slice(0, 40)}`);
  }

  /* What sticks out to the right of a page that should not scroll sideways. */
  function wide() {
    if (document.documentElement.scrollWidth <= innerWidth) { return []; }
    const out = [...document.querySelectorAll("#page *")].filter(one => {
      if (!one.checkVisibility() || one.getBoundingClientRect().right <= innerWidth + 1) { return false; }
      for (let up = one.parentElement; up && up.id !== "page"; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== "visible") { return false; }
      }
      return true;
    });
    return [`${document.documentElement.scrollWidth}`, ...new Set(out.map(one =>
      `${one.tagName} ${one.getAttribute("class") ?? one.id}`))].slice(0, 8);
  }

  return { faint, unmarked, cut, wide };
})()

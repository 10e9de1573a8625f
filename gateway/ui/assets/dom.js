// Elements are made here and nowhere from text: what tenants and logs say never becomes markup.

/** el("button", {class: "main", onclick: act}, "Start"): null and false are left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Changes a text only if it differs, so that screen readers and selections are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A state is always a word; its colour only repeats it. */
export function stateMark(state) {
  const mark = el("span", {});
  showState(mark, state);
  return mark;
}

export function showState(mark, state) {
  mark.className = `state state-${state}`;
  say(mark, state);
}

let clearing;
/** What an action led to, told once, also to screen readers. */
export function notify(text, failed = false) {
  const notice = document.getElementById("notice");
  notice.classList.toggle("failed", failed);
  notice.textContent = text;
  clearTimeout(clearing);
  if (!failed) clearing = setTimeout(() => notice.replaceChildren(), 6000);
}

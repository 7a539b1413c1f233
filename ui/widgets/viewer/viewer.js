// What is pointed at, focused or tapped is lit in every model, and its numbers are read out. The markup comes from
// Python and is replaced with each new map; the listeners sit on the root, and the visitor's choices are kept here.
const chosen = { opacity: '70', shape: 'patches', outline: true };
let kept = null; // what a tap or the focus holds lit while the pointer is elsewhere

const root = () => element.querySelector('.viewer');
const part = (node) => node?.closest?.('[data-part]');
const alike = ({ part, index }) => [...element.querySelectorAll(`[data-part="${part}"][data-index="${index}"]`)];

function light_up(what) {
  const viewer = root();
  const line = viewer?.querySelector('.readout');
  if (!line) return; // a quick look has none
  viewer.querySelectorAll('.lit').forEach((node) => node.classList.remove('lit'));
  const nodes = what ? alike(what) : [];
  if (!nodes.length) {
    line.textContent = viewer.dataset.hint;
    return;
  }
  nodes.forEach(light);
  const name = document.createElement('strong');
  name.dir = 'auto';
  name.textContent = nodes[0].dataset.name;
  const numbers = nodes.map((node) => {
    const number = document.createElement('span');
    const value = document.createElement('b');
    value.textContent = node.dataset.value;
    number.append(`${node.closest('.panel').dataset.model} `, value);
    return number;
  });
  const unit = document.createElement('span');
  unit.textContent = viewer.dataset.unit;
  line.replaceChildren(...[name, ...numbers, unit].flatMap((node) => [node, ' ']));
}

function light(node) {
  node.classList.add('lit');
  if (node.dataset.part !== 'patch') return;
  const side = Number(getComputedStyle(node.closest('.map')).getPropertyValue('--side'));
  const [row, column] = [Math.floor(node.dataset.index / side), node.dataset.index % side];
  node.classList.toggle('top', row === 0); // its number must stay in sight
  node.classList.toggle('start', column < 2);
  node.classList.toggle('end', column >= side - 2);
}

function apply() {
  const viewer = root();
  if (!viewer) return;
  const slider = viewer.querySelector('[name=opacity]');
  slider.value = chosen.opacity;
  slider.nextElementSibling.textContent = `${chosen.opacity} %`;
  viewer.style.setProperty('--opacity', chosen.opacity / 100);
  viewer.style.setProperty('--grey', chosen.opacity > 0 ? 1 : 0); // colour then means the map, and nothing else
  viewer.dataset.shape = chosen.shape;
  viewer.querySelectorAll('[name=shape]').forEach((radio) => { radio.checked = radio.value === chosen.shape; });
  viewer.dataset.outline = chosen.outline ? 'on' : 'off';
  const outline = viewer.querySelector('[name=outline]');
  if (outline) outline.checked = chosen.outline;
}

function move(from, key) {
  const all = [...from.closest('.map, .words').querySelectorAll('[data-part]')];
  const at = all.indexOf(from);
  const patch = from.dataset.part === 'patch';
  const side = patch ? Math.sqrt(all.length) : 0;
  const forward = !patch && getComputedStyle(from.parentElement).direction === 'rtl' ? -1 : 1;
  const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: side, ArrowUp: -side }[key];
  if (patch && Math.abs(step) === 1 && Math.floor((at + step) / side) !== Math.floor(at / side)) return;
  const to = all[at + step];
  if (!to || to === from) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

element.addEventListener('pointerover', (event) => {
  if (event.pointerType === 'touch') return; // a tap comes as a click
  const node = part(event.target);
  light_up(node ? node.dataset : kept);
});
element.addEventListener('pointerleave', () => light_up(kept));
element.addEventListener('focusin', (event) => {
  const node = part(event.target);
  if (node) light_up((kept = { ...node.dataset }));
});
element.addEventListener('focusout', (event) => {
  if (part(event.target) && !part(event.relatedTarget)) light_up((kept = null));
});
element.addEventListener('click', (event) => {
  const node = part(event.target);
  if (node) node.focus();
});
element.addEventListener('keydown', (event) => {
  const node = part(event.target);
  if (node && event.key.startsWith('Arrow')) {
    event.preventDefault();
    move(node, event.key);
  } else if (event.key === 'Escape') node?.blur();
});
element.addEventListener('input', ({ target }) => {
  if (!(target.name in chosen)) return;
  chosen[target.name] = target.type === 'checkbox' ? target.checked : target.value;
  apply();
});
watch('value', () => {
  kept = null;
  light_up(null);
  apply();
});
apply();

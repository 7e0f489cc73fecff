/** Puts a page into its document, and keeps what browsers do to documents from making it untrue. */
import { type ComponentChild, render } from "preact";

/** Milliseconds between repairs: a translator that does not give up must not keep the machine busy. */
const REPAIR_EVERY = 1_000;

/**
 * Renders a page in the place of the words that its document has for browsers that are too old.
 *
 * - Coming back by the Back button, a browser may show the page as it was when it was left: it is loaded anew.
 * - A translator puts elements of its own in the place of texts. What the page writes afterwards would reach the texts
 *   that nobody sees, and an old number would stand for a new one: the page's own texts are put back.
 */
export function mount(page: ComponentChild): void {
  const root = document.getElementById("app")!;
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    root.hidden = true; // until it is loaded: what it says may be long over
    location.reload();
  });
  const { innerHTML: without } = root; // words for browsers in which there is no page
  root.textContent = "";
  try {
    render(page, root);
  } catch (fault) {
    root.innerHTML = without;
    throw fault;
  }
  keepOwnTexts(root);
}

function keepOwnTexts(root: HTMLElement): void {
  const lost = new Map<Text, Element>();
  let repair: ReturnType<typeof setTimeout> | undefined;
  let repaired = -Infinity;
  const observer = new MutationObserver((records) => {
    for (const record of records) {
      for (const text of record.removedNodes) {
        if (!(text instanceof Text) || text.isConnected) continue;
        const beside = [...record.addedNodes, record.previousSibling, record.nextSibling];
        const foreign = beside.filter(isForeign).find((each) => each.parentNode === record.target);
        if (foreign) lost.set(text, foreign);
      }
    }
    if (repair === undefined && root.querySelector("font")) {
      repair = setTimeout(putBack, Math.max(0, repaired + REPAIR_EVERY - performance.now()));
    }
  });
  const watch = () => observer.observe(root, { childList: true, subtree: true });

  const putBack = () => {
    repair = undefined;
    repaired = performance.now();
    observer.disconnect();
    lost.forEach(
      (foreign, text) => foreign.parentNode && !text.isConnected && foreign.parentNode.replaceChild(text, foreign),
    );
    lost.clear();
    // What is left was put around texts of ours.
    root.querySelectorAll("font").forEach((foreign) => foreign.replaceWith(...foreign.childNodes));
    watch();
  };
  watch();
}

/** The pages have no such element; the translators of Chrome, Edge and Samsung write it. */
function isForeign(node: Node | null | undefined): node is Element {
  return node instanceof Element && node.localName === "font";
}

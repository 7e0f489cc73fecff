/** What the server tells a page before its script runs, in the page's own `boot` block. */

/** The part that every page gets. `build`: the version of the bundles; `branch`: the slug, where the page has one. */
export interface Boot {
  page: string;
  build: string;
  language: string;
  languages: string[];
  branch: string | null;
  /** The origins of this server's own pages, as it saw the request for this one. */
  origins?: string[];
}

/**
 * Reads the JSON in `<script type="application/json" id="boot">`.
 * `B` adds the page's own fields. A page without the block is a fault of the server and throws.
 */
export function readBoot<B extends Boot = Boot>(root: Document = document): B {
  const block = root.getElementById("boot");
  if (!block || !block.textContent) {
    throw new Error('the page has no <script type="application/json" id="boot">');
  }
  return JSON.parse(block.textContent) as B;
}

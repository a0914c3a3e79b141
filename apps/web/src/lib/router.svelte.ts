/** The pages there are. */
export type Path = "/" | "/websocketclient" | "/messagetoclient";

/** Which page is shown, and what its address asks of it. */
export class Router {
  path = $state.raw<Path>(knownPath(location.pathname));
  /** The search of the address that was gone to last; a page that writes its own state into it changes nothing here. */
  asked = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => this.#arrive());
    document.addEventListener("click", (event) => this.#follow(event));
  }

  go(href: string): void {
    history.pushState(null, "", href);
    this.#arrive();
    scrollTo(0, 0);
  }

  /** Writes the page's state into its address, without a step in the browser's history. */
  remember(search: string): void {
    if (search !== location.search) history.replaceState(null, "", `${location.pathname}${search}`);
  }

  #arrive(): void {
    this.path = knownPath(location.pathname);
    this.asked = new URLSearchParams(location.search);
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin)
      return;
    if (link.hash !== "" || !isPath(link.pathname)) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

function isPath(pathname: string): pathname is Path {
  return pathname === "/" || pathname === "/websocketclient" || pathname === "/messagetoclient";
}

function knownPath(pathname: string): Path {
  const bare = pathname.replace(/(.)\/+$/, "$1");
  return isPath(bare) ? bare : "/";
}

// Runs before the modules. If one of them cannot be fetched, because the network changed while the page was loading,
// nothing would be drawn: so the page is loaded again, a few times, and then it says so.

(() => {
  const MOST_TRIES = 3;
  const FIRST_DELAY_MS = 500;

  const tries = Number(history.state?.loads ?? 0);

  const again = () => {
    history.replaceState({...history.state, loads: tries + 1}, "");
    location.reload();
  };

  addEventListener(
    "error",
    (event) => {
      if (!(event.target instanceof HTMLScriptElement)) return;
      if (tries < MOST_TRIES) setTimeout(again, FIRST_DELAY_MS * 2 ** tries);
      else document.getElementById("unloaded")?.removeAttribute("hidden");
    },
    true,
  );
})();

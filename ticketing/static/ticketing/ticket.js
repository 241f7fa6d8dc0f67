// The clock of a held seat, and pages that wait for a payment.

const LOOK_AGAIN = 3000;

/** Minutes and seconds until a moment, as 9:41. */
function left(until) {
  const seconds = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
  return { seconds, text: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` };
}

const clock = document.querySelector("[data-until]");
if (clock) {
  const face = clock.querySelector("b");
  const tick = () => {
    const now = left(clock.dataset.until);
    face.textContent = now.text;
    if (now.seconds === 0) location.reload();
    else setTimeout(tick, 1000);
  };
  tick();
}

if (document.querySelector("[data-waiting]")) setTimeout(() => location.reload(), LOOK_AGAIN);

// What is changed by dragging or sliding is told once it rests.
export default function ({ data, parentElement, setStateValue }) {
  const line = parentElement.querySelector("div");
  let told = data.room, waiting;
  const tell = () => {
    const width = line.clientWidth;
    const room = width < data.narrow ? width - (width % data.step) : 0;
    if (width && room !== told) setStateValue("room", (told = room));
  };
  tell();
  const watcher = new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, 200);
  });
  watcher.observe(line);
  return () => {
    clearTimeout(waiting);
    watcher.disconnect();
  };
}

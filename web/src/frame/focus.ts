// The focus is never lost: where the element that has it goes away (a page is left, a button has
// done its work) it passes to the page, from which Tab goes on. Without it Tab would begin at the
// top of the document, and a screen reader would say nothing.

export function keepFocus(): () => void {
  let last: Element | undefined
  const isLost = () =>
    last !== undefined && !last.isConnected && document.activeElement === document.body
  const pass = () => {
    const page = document.getElementById('main')
    if (!isLost() || page === null) return
    page.focus({ preventScroll: true })
  }
  const onFocus = ({ target }: FocusEvent) => {
    last = target instanceof Element ? target : undefined
  }
  // a frame later, for a dialog gives the focus back to what opened it
  const observer = new MutationObserver(() => {
    if (isLost()) requestAnimationFrame(pass)
  })
  addEventListener('focusin', onFocus)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => {
    removeEventListener('focusin', onFocus)
    observer.disconnect()
  }
}

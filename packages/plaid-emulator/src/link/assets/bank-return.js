// The bank's own page, in a window of its own, is done: Link goes on in the page that opened it.
opener?.postMessage('plaid-emulator-returned', location.origin)
close()

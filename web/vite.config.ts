// How the app is built: one folder of hashed files that any sub-path serves, with nothing inlined,
// since the page's content security policy has no exception.
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  plugins: [react(), earlyScript()],
  build: {
    outDir: '../.tartan/web/dev',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        early: `${import.meta.dirname}/src/early.ts`,
      },
    },
  },
})

/** What must run before the first paint is a script of its own, at the top of the page. */
function earlyScript(): Plugin {
  return {
    name: 'early-script',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const early = Object.values(bundle ?? {}).find(
          (file) => file.type === 'chunk' && file.isEntry && file.name === 'early',
        )
        if (early === undefined) throw new Error('the early script is not in the bundle')
        const src = `./${early.fileName}`
        return [{ tag: 'script', attrs: { src }, injectTo: 'head' }]
      },
    },
  }
}

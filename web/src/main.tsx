// The app: styles, cache, door, router.
import './styles/tokens.css'
import './styles/base.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/query-client.ts'
import { Door } from './frame/door.tsx'
import { Live } from './frame/live.tsx'
import { Toasts } from './parts/toasts.tsx'
import { router } from './router.tsx'

const place = document.getElementById('app')
if (place === null) throw new Error('the page has no place for the app')

createRoot(place).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Door>
          <Live />
          <RouterProvider router={router} />
        </Door>
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)

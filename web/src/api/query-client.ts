// The cache of what the services said. What has changed is told by the event stream; without it
// each query is asked again by itself.
import { QueryClient } from '@tanstack/react-query'
import { Problem } from './call.ts'

const triesMax = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < triesMax &&
        !(error instanceof Problem && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

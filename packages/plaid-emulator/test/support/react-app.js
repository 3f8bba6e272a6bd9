// What an application's own bundle brings to its page: React, and Plaid's hook for it.
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { usePlaidLink } from 'react-plaid-link'

Object.assign(globalThis, { createElement, createRoot, usePlaidLink })

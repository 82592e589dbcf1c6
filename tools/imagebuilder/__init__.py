# SPDX-License-Identifier: Apache-2.0
"""Builds the images of images/Containerfile and delivers them to a cluster or registry."""

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs at the end of mmdebstrap with the new root as its argument: compiles the standard library
# anew (a read-only root can't do so later, and what Debian compiled by time is stale once times are
# made equal), and takes out setuid bits, caches and what differs by run.
set -eu
root=$1
chroot "$root" python3 -m compileall -q -f --invalidation-mode unchecked-hash \
    -x '/(test|tests|idlelib|lib2to3|ensurepip|turtledemo)/' /usr/lib/python3.11
find "$root" -xdev -type f -perm /6000 -exec chmod a-s {} +
rm -rf "$root"/var/cache/apt/* "$root"/var/cache/debconf/* "$root"/var/lib/apt/lists/* \
    "$root"/var/log/* "$root"/usr/share/doc/*/changelog* "$root"/usr/lib/python3.11/ensurepip \
    "$root"/usr/lib/python3.11/lib2to3 "$root"/usr/lib/python3.11/pydoc_data
rm -f "$root"/etc/machine-id "$root"/var/lib/dpkg/*-old "$root"/etc/*-

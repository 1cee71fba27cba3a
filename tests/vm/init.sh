#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# The guest's whole user space: mounts the disk, starts the agent, and joins the host's port to the agent's feed, so
# that the host is the till and reads the answers itself. Kernel parameters arrive as variables.
/bin/busybox mkdir -p /bin /proc /sys /dev /data /run /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
ip link set lo up

port=''
until [ -b /dev/vda ] && [ -c "$port" ]; do
    sleep 0.02
    port=$(echo /dev/vport*p1)
done
mount -t ext4 /dev/vda /data || { echo "guest: cannot mount"; poweroff -f; }

echo "guest: agent starts"
if [ "$swallow" = 1 ]; then
    LD_PRELOAD=/swallow_syncs.so /bin/tillpostd --config /etc/tillpost.json 2>&1 &
else
    /bin/tillpostd --config /etc/tillpost.json 2>&1 &
fi
agent=$!
# 1D1F is the feed's port 7455, 0A is LISTEN. nc must not connect twice: lines would be lost between.
until grep -q ':1D1F 00000000:0000 0A' /proc/net/tcp; do
    [ -d /proc/$agent ] || { echo "guest: agent ended"; poweroff -f; }
    sleep 0.02
done
nc 127.0.0.1 7455 0<>"$port" 1>&0    # the port can be opened only once
echo "guest: the agent closed the feed"
poweroff -f

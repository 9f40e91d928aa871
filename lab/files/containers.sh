#!/bin/sh
# containers.sh NETWORK GATEWAY NETWORK6 GATEWAY6 RESOLVER, in build/; LAB_HOSTS holds host,image,address,address6 words.
set -eu
network=$1 gateway=$2 network6=$3 gateway6=$4 resolver=$5
build=$PWD

# One lab a machine: anything labelled that is not exactly this lab goes.
wanted=$(printf '%s ' "$build" "$@" "$LAB_HOSTS" "$(podman image inspect localhost/ptrgate-lab:lab localhost/ptrgate-lab:trixie localhost/ptrgate-lab:bookworm --format '{{.Id}}')" "$(cat lab/*.routes)" | sha256sum | cut -c1-16)
if [ "$(podman network ls --filter "label=ptrgate-lab=$wanted" --quiet | wc -l)" = 0 ]; then
    podman ps --all --quiet --filter label=ptrgate-lab | xargs --no-run-if-empty podman rm --force --time 0 > /dev/null
    podman network ls --quiet --filter label=ptrgate-lab | xargs --no-run-if-empty podman network rm --force > /dev/null
    rm -f ssh/known_hosts
    podman network create --label "ptrgate-lab=$wanted" --disable-dns --ipv6 \
        --subnet "$network" --gateway "$gateway" --subnet "$network6" --gateway "$gateway6" ptrgate-lab > /dev/null
fi

# Package mirrors by /etc/hosts: apt works on a host whose resolver is pointed at the lab's own DNS.
mirrors=$(podman run --rm --network none --label ptrgate-lab localhost/ptrgate-lab:trixie \
    sh -c 'cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null' | grep -oE 'https?://[^/ ]+' | sed 's,.*://,,' | sort -u)
hosts=
for mirror in $mirrors; do
    address=$(getent ahostsv4 "$mirror" | awk '{print $1; exit}')
    [ -z "$address" ] || hosts="$hosts --add-host=$mirror:$address"
done

for word in $LAB_HOSTS; do
    IFS=, read -r host image address address6 <<WORD
$word
WORD
    case $(podman container inspect "$host" --format '{{.State.Running}}' 2>/dev/null || true) in
        true) continue ;;
        false) podman start "$host" > /dev/null; echo "started $host"; continue ;;
    esac
    dns=
    [ "$image" = lab ] && dns="--dns=$resolver --dns-search=."
    # shellcheck disable=SC2086 # word lists, made above
    podman run --detach --name "$host" --hostname "$host" --label ptrgate-lab \
        --network ptrgate-lab --ip "$address" --ip6 "$address6" $dns $hosts \
        --systemd=always --cap-add SYS_ADMIN,NET_ADMIN,SYS_PTRACE \
        --sysctl net.ipv6.ip_nonlocal_bind=1 --sysctl net.ipv6.conf.all.accept_dad=0 --sysctl net.ipv6.conf.default.accept_dad=0 \
        --volume "$build/ssh/authorized_keys:/root/.ssh/authorized_keys:ro" \
        --volume "$build/lab/$host.routes:/etc/lab-routes:ro" \
        "localhost/ptrgate-lab:$image" /sbin/init > /dev/null
    echo "started $host"
done

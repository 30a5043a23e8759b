"""What a workload is for, from what it runs and what it is called. The first rule that fits:

1.  A Job or CronJob is a **worker**, whatever its image (a backup runs postgres and is none).
2.  The image's last part is a known store, broker or proxy and nothing that uses one (an
    exporter, operator, ui …): **database**, **queue** or **gateway**. A store is a queue where
    the workload's name says queue, mq or broker: Redis is used as both.
3.  A DaemonSet is a **worker**.
4.  The workload's own name, word by word: ends in db, database or a known store: **database**;
    in queue or mq: **queue**; has gateway, ingress or edge (but not of payments or mail):
    **gateway**; has admin or backoffice: **admin-portal**; has frontend, storefront or
    customer portal: **customer-portal**; has mobile with bff, backend or api: **mobile-backend**.
    An admin api, server or worker is none of the portals.
5.  A StatefulSet is a **database**.
6.  Its name ends in worker or consumer, or no Service leads to it: **worker**. Where the import
    has no Service at all, its absence says nothing: then only what opens no port is a worker.
7.  Else a **microservice**. `other` is never derived: it is for people to choose.
"""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


DATABASES = _set(
    "mongo mongodb mysql mariadb percona postgres postgresql postgis timescaledb cockroach "
    "cockroachdb documentdb redis valkey keydb memcached cassandra scylla couchdb couchbase neo4j "
    "influxdb elasticsearch opensearch clickhouse etcd zookeeper mssql arangodb rethinkdb qdrant "
    "milvus weaviate minio yugabyte solr"
)
QUEUES = _set("rabbitmq kafka nats activemq pulsar redpanda mosquitto emqx nsq")
GATEWAYS = _set("traefik envoy kong haproxy apisix krakend tyk")
# Words that an image of a store or broker itself may have besides. Any other word is something
# that uses it: rabbitmq-exporter, kafka-orders-consumer, pgbouncer.
_NEUTRAL = _set(
    "server servers local community enterprise alpine cp eclipse repmgr ha cluster stack db ce ee "
    "oss standalone single node emulator sentinel base management gateway debian ubi"
)
_NO_PORTAL = _set("api service svc backend server worker job cron db database")
_INGRESS_CONTROLLERS = ("ingress-nginx/controller", "nginx-ingress", "kubernetes-ingress")
_PROVIDERS = _set("payment payments pay mail email sms notification notifications")
_FRONTENDS = ("frontend", "front end", "storefront", "store front", "customer portal", "shop front")


def component_type(
    *, kind: str, name: str, repository: str, has_service: bool, has_ports: bool, any_service: bool
) -> str:
    """`any_service`: whether the import has a Service at all."""
    if kind in ("Job", "CronJob"):
        return "worker"
    words = _words(name)
    found = _by_image(repository, words)
    if found:
        return found
    if kind == "DaemonSet":
        return "worker"
    found = _by_name(words)
    if found or kind == "StatefulSet":
        return found or "database"
    alone = not has_service and (any_service or not has_ports)
    return "worker" if alone or words[-1] in ("worker", "consumer") else "microservice"


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word] or [""]


def _by_image(repository: str, name: list[str]) -> str:
    if any(known in repository for known in _INGRESS_CONTROLLERS):
        return "gateway"
    image = {word for word in _words(repository.rpartition("/")[2]) if not word.isdigit()}
    known = image - _NEUTRAL
    if len(known) != 1:
        return ""
    if known <= QUEUES:
        return "queue"
    if known <= DATABASES:
        return "queue" if {"queue", "broker", "mq"} & set(name) else "database"
    return "gateway" if known <= GATEWAYS else ""


def _by_name(words: list[str]) -> str:
    every, last = set(words), words[-1]
    if last in DATABASES or last in ("db", "database"):
        return "database"
    if last in QUEUES or last in ("queue", "mq"):
        return "queue"
    if {"gateway", "ingress", "edge"} & every and not _PROVIDERS & every:
        return "gateway"
    portal = not _NO_PORTAL & every
    if portal and {"admin", "backoffice"} & every:
        return "admin-portal"
    if portal and any(f" {front} " in f" {' '.join(words)} " for front in _FRONTENDS):
        return "customer-portal"
    if "mobile" in every and {"bff", "backend", "api"} & every:
        return "mobile-backend"
    return ""

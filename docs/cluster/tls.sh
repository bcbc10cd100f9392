# Encrypted connections for a cluster, from the project's folder:  . docs/cluster/tls.sh
# Makes one certificate in .cache/tls, once, and tells every dask process that this shell starts to speak with no one who has another.
mkdir -p .cache/tls
[ -f .cache/tls/key.pem ] || (umask 077 && openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=rotation \
  -keyout .cache/tls/key.pem -out .cache/tls/cert.pem 2>/dev/null)
export DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION=True DASK_DISTRIBUTED__COMM__TLS__CA_FILE="$PWD/.cache/tls/cert.pem"
for role in SCHEDULER WORKER CLIENT; do
  export "DASK_DISTRIBUTED__COMM__TLS__${role}__CERT=$PWD/.cache/tls/cert.pem" "DASK_DISTRIBUTED__COMM__TLS__${role}__KEY=$PWD/.cache/tls/key.pem"
done

# A mail server as people configure one: odd spacing, comments, Postfix Admin's tables, OpenDKIM, rspamd, submission.
mkdir -p /etc/byhand/was
cp -a /etc/postfix/main.cf /etc/postfix/master.cf /etc/byhand/was/
cat > /etc/postfix/main.cf <<'CONF'
# Kept by hand since 2011.  Ask Jane before you touch it!
compatibility_level=3.6
myhostname = byhand.example
mydestination =    localhost
mynetworks = 127.0.0.0/8	[::1]/128
    198.51.100.128/29
virtual_mailbox_domains = sqlite:/etc/byhand/domains.cf
virtual_mailbox_maps = sqlite:/etc/byhand/mailboxes.cf
virtual_mailbox_base = /var/mail/byhand
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
# DKIM, then rspamd
smtpd_milters = { inet:127.0.0.1:8891,  connect_timeout=5s }
    inet:127.0.0.1:11332
non_smtpd_milters = $smtpd_milters
milter_default_action = accept

smtpd_client_restrictions = permit_mynetworks,
	reject_rbl_client   rbl.byhand.example
smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination
CONF
sed -i -e 's/^smtp  *inet .*/smtp\tinet n - y - - smtpd   # strangers/' /etc/postfix/master.cf
sed -i -e 's/   # strangers//' /etc/postfix/master.cf
cat >> /etc/postfix/master.cf <<'CONF'
# own users
587      inet  n       -       n       -       -       smtpd
  -o syslog_name=postfix/submission
CONF
cat > /etc/byhand/make.py <<'SQL'
import sqlite3
db = sqlite3.connect("/var/spool/postfix/byhand.db")
db.executescript("""
create table domain (domain text, backupmx int, active int);
create table mailbox (username text, maildir text, active int);
insert into domain values ('byhand.example', 0, 1);
insert into mailbox values ('user@byhand.example', 'user/', 1);
insert into mailbox values ('postmaster@byhand.example', 'postmaster/', 1);
""")
SQL
rm -f /var/spool/postfix/byhand.db
python3 /etc/byhand/make.py
cat > /etc/byhand/domains.cf <<'CONF'
dbpath = /var/spool/postfix/byhand.db
query = SELECT domain FROM domain WHERE domain='%s' AND backupmx = 0 AND active = 1
CONF
cat > /etc/byhand/mailboxes.cf <<'CONF'
dbpath = /var/spool/postfix/byhand.db
query = SELECT maildir FROM mailbox WHERE username='%s' AND active = 1
CONF
install -d -o 5000 -g 5000 /var/mail/byhand
mkdir -p /etc/byhand/keys
openssl genrsa -out /etc/byhand/keys/one.private 2048 2> /dev/null
chown -R opendkim /etc/byhand/keys
cat > /etc/opendkim.conf <<'CONF'
Socket inet:8891@127.0.0.1
UserID opendkim
PidFile /run/opendkim/opendkim.pid
Mode s
Domain byhand.example
Selector one
KeyFile /etc/byhand/keys/one.private
InternalHosts 198.51.100.10,198.51.100.128/29
CONF
# It looks nothing up here, where no block list is, and compiles nothing, which takes a minute.
cat > /etc/rspamd/local.d/options.inc <<'CONF'
dns { nameserver = ["127.0.0.1"]; timeout = 0.1s; retransmits = 1; }
disable_hyperscan = true;
CONF
systemctl restart opendkim rspamd
postfix check
systemctl restart postfix

# The whole configuration of a Request Tracker of a test's own: it takes the place of /etc/request-tracker5.
# Everything is kept below RT_DATA; nothing is mailed and nothing is listened to but RT_PORT of the loopback.
use utf8;

my ($data, $port) = @ENV{qw(RT_DATA RT_PORT)};

Set($rtname, 'rt.test');
Set($Organization, 'rt.test');
Set($Timezone, 'UTC');

Set($WebDomain, '127.0.0.1');
Set($WebPort, $port);
Set($WebPath, '');
Set($WebBaseURL, "http://127.0.0.1:$port");

Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$data/rt.sqlite");
Set($DatabaseUser, '');
Set($DatabasePassword, '');

Set($CorrespondAddress, 'rt@rt.test');
Set($CommentAddress, 'rt-comment@rt.test');
Set($OwnerEmail, 'root@rt.test');
Set($MailCommand, 'mbox');    # into files below VarPath

# Every request proves its token anew; at the default cost that alone takes a fifth of a second.
Set($BcryptCost, 4);

Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($LogToFile, undef);

$RT::VarPath = "$data/var";
$RT::MasonDataDir = "$data/mason";
$RT::MasonSessionDir = "$data/session";
1;

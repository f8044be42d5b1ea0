# What an administrator makes for the preset (README.md), and the people of the tests. The connector's token is written
# to RT_TOKEN_FILE.
@CustomFields = (
    (map { { Name => $_, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', Queue => 0 } }
        qw(ccai_session ccai_channel ccai_agent ccai_duration)),
    { Name => 'ccai_phone', Type => 'FreeformSingle', LookupType => 'RT::User' },
);

@Users = map { { Name => $_, Password => "$_-pw", EmailAddress => "$_\@rt.test", Privileged => 1 } }
    qw(connector clerk limited);

my @reads  = qw(ShowTicket ShowTicketComments SeeQueue SeeCustomField);
my @writes = qw(CreateTicket ReplyToTicket CommentOnTicket ModifyTicket);
my %rights = (
    connector => [@reads, @writes, qw(AdminUsers ModifyCustomField SetInitialCustomField ManageAuthTokens)],
    clerk     => [@reads, @writes],    # who may not change custom fields
    limited   => [],
);

@Final = (sub {
    my $phone = RT::CustomField->new(RT->SystemUser);
    $phone->LoadByName(Name => 'ccai_phone', LookupType => 'RT::User');
    $phone->AddToObject(RT::User->new(RT->SystemUser));    # of every user

    for my $name (keys %rights) {
        my $user = RT::User->new(RT->SystemUser);
        $user->Load($name);
        $user->PrincipalObj->GrantRight(Right => $_, Object => RT->System) for @{ $rights{$name} };
    }

    my $connector = RT::CurrentUser->new;
    $connector->Load('connector');
    my ($ok, $problem, $token) = RT::AuthToken->new($connector)->Create(Owner => $connector->Id, Description => 'tests');
    die $problem unless $ok;
    open my $file, '>', $ENV{RT_TOKEN_FILE} or die $!;
    print $file $token;
    close $file or die $!;
});

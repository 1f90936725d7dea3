using Skep.Watch.Capture;
using Skep.Watch.Session;

namespace Skep.Watch.Tests.Session;

public sealed class BackendGuardTests
{
    private readonly List<string> _messages = [];
    private readonly BackendGuard _guard;

    public BackendGuardTests() => _guard = new BackendGuard(2, _messages.Add);

    [Fact]
    public void A_backend_that_sees_calls_of_this_process_is_not_reported()
    {
        Look(own: 1);
        Look(own: 2);
        Look(own: 9);
        Assert.Empty(_messages);
    }

    [Fact]
    public void One_that_sees_none_is_reported_once_and_its_return_as_well()
    {
        Look(own: 5);
        Look(own: 5);
        Look(own: 5);
        Assert.Contains("backend 2 no longer sees system calls", Assert.Single(_messages), StringComparison.Ordinal);
        Look(own: 6);
        Assert.Equal("backend 2 sees system calls again", _messages[1]);
    }

    [Fact]
    public void A_call_that_the_kernel_counted_as_skipped_met_a_program_that_is_attached()
    {
        Look(own: 5);
        Look(own: 5, skipped: 1);
        Assert.Empty(_messages);
        Look(own: 5, skipped: 1);
        Assert.Single(_messages);
    }

    private void Look(ulong own, ulong skipped = 0) => _guard.Look(default(CaptureCounters) with { OwnCalls = own, RunsMissed = skipped });
}

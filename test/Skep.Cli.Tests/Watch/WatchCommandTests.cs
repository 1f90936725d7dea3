using System.CommandLine;
using Skep.Cli.Watch;

namespace Skep.Cli.Tests.Watch;

public sealed class WatchCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("-j --insns -v -p")]
    [InlineData("--cmd prog_load --cmd map_create,prog_attach")]
    [InlineData("--cmd 77")]
    [InlineData("--cmd rtm_setlink,so_attach_bpf")]
    [InlineData("--pid 1 --pid 2 --comm x --uid 0 --failed")]
    [InlineData("--type xdp,ringbuf --type cgroup_device,tcx,perf_event,so_attach_bpf,tc")]
    [InlineData("--self")]
    [InlineData("--no-self")]
    [InlineData("--no-self false")]
    [InlineData("-n 1 --duration 10s --buffer 64K")]
    [InlineData("--count 5 --buffer 1G --elements --save dir -o file")]
    [InlineData("--cmd load,attach --cmd detach,map,element,pin,query,run")]
    [InlineData("--exe /usr/bin/x --exe bpf* --cgroup /system.slice --container web --container 3726184226f5 --no-probes --explain")]
    [InlineData("--exclude comm=systemd,uid=0 --exclude exe=/usr/bin/*,cmd=load --exclude container=web")]
    [InlineData("-o file --rotate 64M")]
    [InlineData("-o file --rotate 64M,5")]
    public void Accepted(string line) => Assert.Empty(Errors(line));

    [Theory]
    [InlineData("--cmd prog_lode", "there is no command 'prog_lode'")]
    [InlineData("--cmd prog_load,x", "there is no command 'x'")]
    [InlineData("--cmd +5", "there is no command '+5'")]
    [InlineData("--type xdp,ringbuff", "there is no type 'ringbuff'")]
    [InlineData("--pid 0", "--pid takes a process id, not '0'")]
    [InlineData("--pid -3", "--pid takes a process id, not '-3'")]
    [InlineData("--pid x", "x")]
    [InlineData("-n 0", "-n takes a number from 1 up")]
    [InlineData("-n x", "x")]
    [InlineData("--uid x", "x")]
    [InlineData("-n -1", "-n takes a number from 1 up")]
    [InlineData("--buffer 63K", "power of two")]
    [InlineData("--buffer 96K", "power of two")]
    [InlineData("--buffer 32K", "power of two")]
    [InlineData("--buffer 2G", "power of two")]
    [InlineData("--buffer many", "--buffer takes a size")]
    [InlineData("--duration 0s", "--duration takes a time")]
    [InlineData("--duration NaN", "--duration takes a time")]
    [InlineData("--uid -1", "-1")]
    [InlineData("--comm", "--comm")]
    [InlineData("--bogus", "--bogus")]
    [InlineData("stray", "stray")]
    [InlineData("--exclude systemd", "--exclude takes KEY=PATTERN with a key of cmd, type, comm,")]
    [InlineData("--exclude comm=x,name=y", "not 'name=y'")]
    [InlineData("--exclude comm=", "--exclude takes a pattern behind comm=")]
    [InlineData("--exclude pid=x", "--exclude takes a number behind pid=, not 'x'")]
    [InlineData("--exclude cmd=porg_load", "'porg_load' is neither")]
    [InlineData("-o f --rotate x", "--rotate takes a size, and how many files are kept: 64M,5, not 'x'")]
    [InlineData("-o f --rotate 1M,0", "not '1M,0'")]
    [InlineData("-o f --rotate 1M,2,3", "not '1M,2,3'")]
    [InlineData("-o f --rotate 0", "not '0'")]
    public void Refused(string line, string said) => Assert.Contains(Errors(line), e => e.Contains(said, StringComparison.Ordinal));

    [Fact]
    public void A_command_follows_two_dashes()
    {
        Assert.Empty(Errors("", ["ls", "-l"]));
        Assert.Contains("-- is followed by no command", Errors("", []));
        Assert.Contains("--pid and a command exclude each other", Errors("--pid 1", ["ls"]));
    }

    private static IReadOnlyList<string> Errors(string line, string[]? command = null) =>
        [.. new RootCommand { WatchCommand.Create(command) }.Parse("watch " + line).Errors.Select(e => e.Message)];
}

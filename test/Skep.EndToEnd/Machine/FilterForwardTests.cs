using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary><c>redirect fib</c>: frames to a device's own address are forwarded, also after the address changes.</summary>
[Trait("level", "machine")]
public sealed class FilterForwardTests : IDisposable
{
    private const string NewAddress = "52:54:00:00:77:77";

    private readonly FilterMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Frames_to_the_present_address_of_the_device_are_forwarded()
    {
        string first = _machine.AddressOf(_machine.Inside, "v0");
        _machine.Inside.Sysctl("net.ipv4.ip_forward=1");
        _machine.Inside.Ip("addr add 10.98.0.1/24 dev w0");
        _machine.Inside.Ip($"neigh replace 10.98.0.77 lladdr {_machine.AddressOf(_machine.Outside, "w1")} dev w0");
        _machine.Inside.Ip($"neigh replace 10.99.0.2 lladdr {_machine.AddressOf(_machine.Outside, "v1")} dev v0");
        _machine.Outside.Ip("addr add 10.99.0.2/24 dev v1");
        _machine.Outside.Ip("route add 10.98.0.0/24 via 10.99.0.1 dev v1");
        string table = _machine.Table("fib", "devices = { v0, w0 }\nmode native", "icmp type echo-request redirect fib");
        FilterMachine.Succeed("filter", "apply", table, "--netns", _machine.Inside.Name);
        Assert.Equal(3, Ask(first));
        _machine.Inside.Ip($"link set v0 address {NewAddress}");
        Assert.Equal(3, Ask(first));
        Assert.Equal(6, Ask(NewAddress));
        FilterMachine.Succeed("filter", "remove", "fib");
    }

    // Three echo requests to be routed, in frames to that address; how many frames have been forwarded by then.
    private long Ask(string address)
    {
        _machine.Outside.Ip($"neigh replace 10.99.0.1 lladdr {address} dev v1");
        string[] ping = _machine.Outside.Inside("busybox", "ping", "-c", "3", "-W", "1", "10.98.0.77");
        Tool.Try(ping[0], ping[1..]);
        return (long)SkepBinary.Json("filter", "stats", "fib")["actions"]!["XDP_REDIRECT"]!["packets"]!;
    }
}

using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary><c>redirect xsk</c> with an AF_XDP socket of a program that nobody here linked with.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FilterSocketKernelTests : IDisposable
{
    private readonly FilteredVeth _veth = new();

    public void Dispose() => _veth.Dispose();

    [Fact]
    public void A_socket_in_the_pinned_map_takes_packets_also_after_a_replace()
    {
        _veth.Apply("udp dport 7000 redirect xsk");
        using Process consumer = Tool.Start(
            "nsenter", [$"--net=/run/netns/{_veth.Namespace}", CProgram.Path("xsk.c"), "v1", "0", $"/run/skep/bpf/{_veth.Table}/xsks",
                "2"]);
        Assert.Equal("ready", Tool.FirstLine(consumer));
        _veth.Send(7000, 33);
        Assert.Equal(2 * (42 + 33), consumer.StandardOutput.ReadLine()!.Length);
        _veth.Apply("tcp dport 80 drop\nudp dport 7000 redirect xsk");
        _veth.Send(7000, 44);
        Assert.Equal(2 * (42 + 44), consumer.StandardOutput.ReadLine()!.Length);
        consumer.WaitForExit();
        Assert.Equal(0, consumer.ExitCode);
        Assert.Equal(2, Json.Parse(SkepBinary.Run("filter", "show", _veth.Table, "-j").Output).Number("actions.XDP_REDIRECT.packets"));

        _veth.Apply("udp dport 7000 drop");
        Assert.False(File.Exists($"/run/skep/bpf/{_veth.Table}/xsks"));
    }
}

using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Directives whose values systemd keeps in maps.</summary>
[Trait("level", "kernel")]
public sealed class SystemdMapsKernelTests
{
    [Theory]
    [InlineData(1, "lo", "ifindex 4000000")]
    [InlineData(0, "~lo", "~ifindex 4000000")]
    public void Restricted_interfaces_are_named(byte allow, params string[] values)
    {
        UnitDirective directive = Decoded("sd_restrictif_e", maps =>
        {
            maps("sd_restrictif").Update(BitConverter.GetBytes(1u), [1]);
            maps("sd_restrictif").Update(BitConverter.GetBytes(4_000_000u), [1]);
        }, allow).Single();
        Assert.Equal("RestrictNetworkInterfaces=", directive.Directive);
        Assert.Equal(values.Order(), directive.Values.Order());
    }

    [Fact]
    public void Rules_for_binding_are_told_by_family_protocol_and_ports()
    {
        IReadOnlyList<UnitDirective> directives = Decoded("sd_bind4", maps =>
        {
            // family, protocol, ports, first port
            Put(maps("sd_bind_allow"), 0, 2, 6, 1, 443);
            Put(maps("sd_bind_allow"), 1, 0, 0, 100, 8000);
            Put(maps("sd_bind_deny"), 0, 10, 17, 0, 0);
            Put(maps("sd_bind_deny"), 1, uint.MaxValue, 0, 0, 0);
        }, 0);
        Assert.Equal(["ipv4:tcp:443", "8000-8099"], directives.Single(d => d.Directive == "SocketBindAllow=").Values);
        Assert.Equal(["ipv6:udp:any"], directives.Single(d => d.Directive == "SocketBindDeny=").Values);
    }

    [Theory]
    [InlineData(1u, "lo")]
    [InlineData(4_000_000u, "ifindex 4000000")]
    public void The_interface_that_sockets_are_bound_to_is_named(uint index, string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        using BpfObject loaded = BpfObject.Open(BpfSource.Object("Programs/bound.bpf.c"), "bound");
        loaded.SetVariable("ifindex", index);
        loaded.Load();
        using BpfProgram opened = loaded.Program("sd_bind_interface").Open();
        UnitDirective directive = Assert.Single(LoadedExplanation.Of(opened).Directives);
        Assert.Equal(("BindNetworkInterface=", name), (directive.Directive, Assert.Single(directive.Values)));
    }

    private static void Put(BpfMap map, uint key, uint family, uint protocol, ushort ports, ushort first) => map.Update(
        BitConverter.GetBytes(key),
        [.. BitConverter.GetBytes(family), .. BitConverter.GetBytes(protocol), .. BitConverter.GetBytes(ports),
            .. BitConverter.GetBytes(first)]);

    private static IReadOnlyList<UnitDirective> Decoded(string program, Action<Func<string, BpfMap>> fill, byte allow)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        using BpfObject loaded = BpfObject.Open(BpfSource.Object("Programs/units.bpf.c"), "units");
        loaded.SetVariable("is_allow_list", allow);
        loaded.Load();
        var open = new List<BpfMap>();
        try
        {
            fill(name =>
            {
                open.Add(loaded.Map(name).Open());
                return open[^1];
            });
            using BpfProgram opened = loaded.Program(program).Open();
            return LoadedExplanation.Of(opened).Directives;
        }
        finally
        {
            foreach (BpfMap map in open) map.Dispose();
        }
    }
}

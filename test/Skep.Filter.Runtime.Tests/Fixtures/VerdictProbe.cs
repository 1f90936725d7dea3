using Skep.Bpf;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>Asks the program on a device, whichever it is, what it does to a packet, without sending one.</summary>
internal static class VerdictProbe
{
    internal const uint Drop = 1, Pass = 2;

    /// <summary>What becomes of a UDP packet to a port; <see cref="Pass"/> where there is no program.</summary>
    internal static uint Of(VethPair pair, string device, int port)
    {
        var id = pair.Within(() => XdpDevice.QueryProgramId(XdpDevice.IndexOf(device)));
        if (id == 0) return Pass;
        using var program = BpfProgram.OpenById(id);
        Assert.True(PacketText.TryParse($"udp 10.77.0.1:5 > 10.77.0.2:{port}", out var packet, out var error), error);
        return program.Run(new BpfRun { Data = PacketBuilder.Build(packet) }).ReturnValue;
    }

    /// <summary>Which of the ports 1 to 3 are dropped, as text.</summary>
    internal static string Dropped(VethPair pair, string device) =>
        string.Concat(Enumerable.Range(1, 3).Where(port => Of(pair, device, port) == Drop));
}

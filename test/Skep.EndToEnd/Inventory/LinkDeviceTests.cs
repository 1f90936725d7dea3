using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Network;

namespace Skep.EndToEnd.Inventory;

/// <summary>The device of a link is one of the link's own network namespace.</summary>
public sealed class LinkDeviceTests
{
    // r0 = XDP_PASS; exit
    private static readonly ulong[] Pass = [0x2_0000_00b7, 0x95];

    [Fact]
    public void A_device_of_another_namespace_is_named_there()
    {
        using var network = new TestNetwork();
        Tool.Run("ip", "-n", network.Name, "link", "set", "v0", "name", "elsewhere");

        // A device of this namespace with the same index: a lookup of the index here gives its name.
        string here = $"here{Environment.ProcessId % 100000}";
        string index = $"{network.IfIndex}";
        bool isTaken = Tool.Try("ip", "link", "add", here, "index", index, "type", "dummy").Code != 0;
        try
        {
            using BpfProgram program = BpfProgram.Load(
                BpfProgramType.Xdp, Pass, new ProgramLoadOptions { ExpectedAttachType = BpfAttachType.Xdp });
            using NetworkNamespace space = NetworkNamespace.Open(network.Name);
            using BpfLink link = space.Run(() => BpfLink.AttachXdp(program, (uint)network.IfIndex, XdpMode.Generic));
            string id = $"{link.GetInfo().Id}";
            JsonElement listed = Json.Parse(SkepBinary.Run("link", "show", "id", id, "-j").Output);
            Assert.Equal("elsewhere", listed.Text("devname"));
            Assert.Equal(network.IfIndex, listed.Number("ifindex"));
            Assert.Equal(network.Inode, listed.Number("netns_ino"));
            Assert.Contains(
                $"ifindex elsewhere({index})  netns_ino {network.Inode}",
                SkepBinary.Run("link", "show", "id", id).Output,
                StringComparison.Ordinal);
        }
        finally
        {
            if (!isTaken) Tool.Try("ip", "link", "del", here);
        }
    }
}

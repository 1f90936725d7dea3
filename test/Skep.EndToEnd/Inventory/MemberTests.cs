using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Network;

namespace Skep.EndToEnd.Inventory;

/// <summary>Programs that maps hold, and links that tell no network namespace.</summary>
public sealed class MemberTests
{
    // r0 = 1; exit
    private static readonly ulong[] ReturnOne = [0x1_0000_00b7, 0x95];

    [Fact]
    public void The_programs_of_a_program_array_are_told_with_their_keys()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.ProgArray, 4, 4, 8) { Name = "jump_table" });
        using BpfProgram program = Load(BpfProgramType.Xdp, BpfAttachType.Xdp);
        map.Update(Bytes(3), program);
        map.Update(Bytes(5), program);
        Assert.Equal([$"map {map.Info.Id} (jump_table), key 3", $"map {map.Info.Id} (jump_table), key 5"], Targets(program, "prog_array"));
    }

    [Fact]
    public void The_program_of_a_cpumap_is_told()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Cpumap, 4, 8, 4) { Name = "cpus" });
        using BpfProgram program = Load(BpfProgramType.Xdp, BpfAttachType.XdpCpumap);
        map.Update(Bytes(0), [.. Bytes(64), .. Bytes((int)program.DangerousGetHandle())]);
        Assert.Equal([$"map {map.Info.Id} (cpus), key 0"], Targets(program, "cpumap"));
    }

    [Fact]
    public void The_program_of_a_sockmap_is_told_once_whether_by_link_or_not()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Sockmap, 4, 4, 4) { Name = "sockets" });
        using BpfProgram message = Load(
            BpfProgramType.SkMsg, BpfAttachType.SkMsgVerdict), verdict = Load(BpfProgramType.SkSkb, BpfAttachType.SkSkbVerdict);
        message.AttachTo(map, BpfAttachType.SkMsgVerdict);
        try
        {
            using BpfLink link = BpfLink.Attach(verdict, map, BpfAttachType.SkSkbVerdict);
            Assert.Equal([$"map {map.Info.Id}"], Targets(message, "sockmap"));
            JsonNode place = Assert.Single(Attach(verdict))!;
            Assert.Equal("link", (string?)place["how"]);
            Assert.Equal($"map {map.Info.Id}", (string?)place["target"]);
        }
        finally
        {
            message.DetachFrom(map, BpfAttachType.SkMsgVerdict);
        }
    }

    [Fact]
    public void A_netfilter_hook_is_told_with_its_network_namespace()
    {
        string netns = $"skep-netfilter-{Environment.ProcessId}";
        Tool.Run("ip", "netns", "add", netns);
        try
        {
            using NetworkNamespace place = NetworkNamespace.Open(netns);
            using BpfProgram program = Load(BpfProgramType.Netfilter, BpfAttachType.Netfilter);
            using BpfLink link = place.Run(() => BpfLink.AttachNetfilter(program, family: 2, hook: 1, priority: -7));
            string inode = Tool.Run("stat", "-Lc", "%i", $"/run/netns/{netns}").Trim();
            Assert.Equal($"netfilter ip input priority -7 (netns {inode})", (string?)Assert.Single(Attach(program))!["target"]);
            uint id = program.GetInfo().Id;
            JsonNode hook = Assert.Single(SkepBinary.Json("net")[0]!["netfilter"]!.AsArray(), h => (uint)h!["id"]! == id)!;
            Assert.Equal(inode, $"{hook["netns"]}");
            Assert.Equal((2, 1, -7), ((int)hook["pf"]!, (int)hook["hook"]!, (int)hook["prio"]!));
        }
        finally
        {
            Tool.Try("ip", "netns", "del", netns);
        }
    }

    [Fact]
    public void The_programs_of_a_struct_ops_map_are_told_with_the_functions_that_they_are()
    {
        (int code, _, string error) = Tool.Try("bpftool", "struct_ops", "register", CProgram.Object("congestion.bpf.c"));
        Assert.True(code == 0, error);
        try
        {
            (string Name, string Function)[] members =
                [("skep_ssthresh", "ssthresh"), ("skep_avoid", "cong_avoid"), ("skep_undo", "undo_cwnd")];
            Assert.All(members, member =>
            {
                JsonNode program = SkepBinary.Json("prog", "show", "name", member.Name);
                JsonNode place = Assert.Single(program["attach"]!.AsArray())!;
                Assert.Equal("struct_ops", (string?)place["how"]);
                Assert.EndsWith($" (skep_test_cong), {member.Function}", (string?)place["target"], StringComparison.Ordinal);
                Assert.Equal("attachment", (string?)program["kept_by"]);
            });
        }
        finally
        {
            Tool.Try("bpftool", "struct_ops", "unregister", "name", "skep_test_cong");
        }
    }

    private static BpfProgram Load(BpfProgramType type, BpfAttachType attach) =>
        BpfProgram.Load(type, ReturnOne, new ProgramLoadOptions { Name = "member", ExpectedAttachType = attach });

    private static JsonArray Attach(BpfProgram program) =>
        SkepBinary.Json("prog", "show", "id", $"{program.GetInfo().Id}")["attach"]!.AsArray();

    private static string[] Targets(BpfProgram program, string how)
    {
        JsonArray places = Attach(program);
        Assert.All(places, place => Assert.Equal(how, (string?)place!["how"]));
        return [.. places.Select(place => (string)place!["target"]!)];
    }

    private static byte[] Bytes(int number)
    {
        var bytes = new byte[sizeof(int)];
        MemoryMarshal.Write(bytes, number);
        return bytes;
    }
}

using System.Net;
using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Analysis.Tests.Explain;

/// <summary>
/// Programs instruction for instruction as systemd makes them (src/core/bpf-devices.c, src/core/bpf-firewall.c): decoded from what the
/// kernel made of them, while they are attached to a unit's cgroup.
/// </summary>
[Trait("level", "kernel")]
public sealed class SystemdKernelTests
{
    // include/uapi/linux/bpf.h
    private const int Mknod = 1, Read = 2, Write = 4, Block = 1, Character = 2;

    [Fact]
    public void Allowed_devices_are_decoded_with_their_unit()
    {
        List<Instruction> code = [.. DevicePrologue];
        AllowDevice(code, Character, 1, 3, Read | Write | Mknod);
        AllowDevice(code, Character, 136, null, Read | Write);
        AllowDevice(code, Block, null, null, Mknod);
        AllowDevice(code, Block, 8, 0, Read);
        Explanation about =
            Attached(BpfProgramType.CgroupDevice, BpfAttachType.CgroupDevice, "sd_devices", DeviceEnd(code), [], out string unit);
        UnitDirective directive = Assert.Single(about.Directives);
        Assert.Equal((unit, "DeviceAllow="), (about.Unit, directive.Directive));
        Assert.Equal(["char 1:3 rwm", "char 136:* rw", "block *:* m", "block 8:0 r"], directive.Values);
    }

    [Fact]
    public void A_strict_policy_without_devices_denies_all()
    {
        Explanation about =
            Attached(BpfProgramType.CgroupDevice, BpfAttachType.CgroupDevice, "sd_devices",
                [new Instruction(0xb7, 0, 0, 0, 0), new Instruction(0x95, 0, 0, 0, 0)], [], out _);
        Assert.Equal(("DevicePolicy=", "strict"), (about.Directives.Single().Directive, about.Directives.Single().Values.Single()));
    }

    [Fact]
    public void Almost_the_same_code_is_not_systemds()
    {
        // An entry that goes to "deny", and a program that allows by another register.
        List<Instruction> code = [.. DevicePrologue];
        AllowDevice(code, Character, 1, 3, Read | Write | Mknod);
        Instruction[] changed = DeviceEnd(code);
        int jump = Array.FindIndex(changed, i => i.Code == 0x05);
        changed[jump] = new Instruction(0x05, 0, 0, 0, 0);
        Assert.Empty(Explainer.Explain(CodeFileReader.Raw(Bytes(changed)) with { Type = BpfProgramType.CgroupDevice }).Directives);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Denied_and_allowed_prefixes_are_read_from_the_maps(bool ingress)
    {
        using BpfMap deny4 = Prefixes(4, ("10.0.0.0", 8), ("192.0.2.1", 32)), deny6 = Prefixes(16, ("2001:db8::", 32)),
            allow4 = Prefixes(4, ("10.1.0.0", 16));
        List<Instruction> code =
        [
            new(0xbf, 6, 1, 0, 0), new(0x61, 7, 6, 16, 0), new(0xb4, 8, 0, 0, 0),
        ];
        Lookup(code, 0, 0x0008, 4, ingress ? 12 : 16, 2);
        Lookup(code, 1, 0xdd86, 16, ingress ? 8 : 24, 2);
        Lookup(code, 2, 0x0008, 4, ingress ? 12 : 16, 1);
        Explanation about = Attached(
            BpfProgramType.CgroupSkb, ingress ? BpfAttachType.CgroupInetIngress : BpfAttachType.CgroupInetEgress,
            ingress ? "sd_fw_ingress" : "sd_fw_egress", FirewallEnd(code), [deny4, deny6, allow4], out string unit);
        Assert.Equal(unit, about.Unit);
        Assert.Equal(["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"],
            about.Directives.Single(d => d.Directive == "IPAddressDeny=").Values.Order());
        Assert.Equal(["10.1.0.0/16"], about.Directives.Single(d => d.Directive == "IPAddressAllow=").Values);
        Assert.Contains(about.Findings, finding => finding.Name == "drops-packets");
    }

    [Fact]
    public void Denying_any_needs_no_map()
    {
        List<Instruction> code = [new(0xbf, 6, 1, 0, 0), new(0x61, 7, 6, 16, 0), new(0xb4, 8, 0, 0, 0), new(0x44, 8, 0, 0, 2)];
        Explanation about =
            Attached(BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetIngress, "sd_fw_ingress", FirewallEnd(code), [], out _);
        Assert.Equal(("IPAddressDeny=", "any"), (about.Directives.Single().Directive, about.Directives.Single().Values.Single()));
    }

    private static readonly Instruction[] DevicePrologue =
    [
        new(0x61, 2, 1, 0, 0), new(0x54, 2, 0, 0, 0xffff), new(0x61, 3, 1, 0, 0), new(0x74, 3, 0, 0, 16), new(0x61, 4, 1, 4, 0),
        new(0x61, 5, 1, 8, 0),
    ];

    // bpf_prog_allow_list_device, _major, _class: the jump to the end is fixed up later.
    private static void AllowDevice(List<Instruction> code, int type, int? major, int? minor, int access)
    {
        int tests = 1 + (major is null ? 0 : 1) + (minor is null ? 0 : 1);
        if (access != (Read | Write | Mknod))
        {
            code.Add(new(0xbc, 1, 3, 0, 0));
            code.Add(new(0x54, 1, 0, 0, access));
            code.Add(new(0x5d, 1, 3, (short)(tests + 1), 0));
        }

        code.Add(new(0x55, 2, 0, (short)tests, type));
        if (major is { } wanted) code.Add(new(0x55, 4, 0, (short)(tests - 1), wanted));
        if (minor is { } exact) code.Add(new(0x55, 5, 0, 1, exact));
        code.Add(new(0x05, 0, 0, 4096, 0));
    }

    private static Instruction[] DeviceEnd(List<Instruction> code)
    {
        code.Add(new(0xb7, 0, 0, 0, 0));
        code.Add(new(0x05, 0, 0, 1, 0));
        for (int i = 0; i < code.Count; i++)
            if (code[i] is { Code: 0x05, Off: 4096 }) code[i] = new(0x05, 0, 0, (short)(code.Count - i - 1), 0);
        code.Add(new(0xb7, 0, 0, 0, 1));
        code.Add(new(0x95, 0, 0, 0, 0));
        return [.. code];
    }

    // add_lookup_instructions
    private static void Lookup(List<Instruction> code, int map, int protocol, int size, int offset, int verdict) => code.AddRange(
    [
        new(0x55, 7, 0, 14, protocol), new(0xbf, 1, 6, 0, 0), new(0xb4, 2, 0, 0, offset), new(0xbf, 3, 10, 0, 0), new(0x07, 3, 0, 0, -size),
        new(0xb4, 4, 0, 0, size), new(0x85, 0, 0, 0, 26),
        new(0x18, 1, 5, 0, map), new(0, 0, 0, 0, 0), new(0xbf, 2, 10, 0, 0), new(0x07, 2, 0, 0, -size - 4), new(0x62, 2, 0, 0, size * 8),
        new(0x85, 0, 0, 0, 1), new(0x15, 0, 0, 1, 0), new(0x44, 8, 0, 0, verdict),
    ]);

    private static Instruction[] FirewallEnd(List<Instruction> code) =>
        [.. code, new(0xb7, 0, 0, 0, 1), new(0x55, 8, 0, 1, 2), new(0xb7, 0, 0, 0, 0), new(0x95, 0, 0, 0, 0)];

    private static BpfMap Prefixes(int size, params (string Address, uint Length)[] prefixes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.LpmTrie, (uint)size + 4, 8, 64) { Flags = MapFlags.NoPreallocation });
        foreach ((string address, uint length) in prefixes)
            map.Update([.. BitConverter.GetBytes(length), .. IPAddress.Parse(address).GetAddressBytes()], BitConverter.GetBytes(1UL));
        return map;
    }

    private static byte[] Bytes(Instruction[] code)
    {
        var bytes = new byte[code.Length * Instruction.Size];
        for (int i = 0; i < code.Length; i++) code[i].Write(bytes.AsSpan(i * Instruction.Size));
        return bytes;
    }

    private static Explanation Attached(BpfProgramType type, BpfAttachType attach, string name, Instruction[] code, BpfMap[] maps,
        out string unit)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        unit = $"skep-explain-{Environment.ProcessId}-{Guid.NewGuid():n}.service";
        string directory = Path.Combine(CgroupView.Mount!, unit);
        Directory.CreateDirectory(directory);
        try
        {
            using BpfProgram program =
                BpfProgram.LoadBytes(type, Bytes(code),
                    new ProgramLoadOptions { Name = name, License = "Dual BSD/GPL", ExpectedAttachType = attach, Maps = maps });
            using SafeHandle cgroup = KernelPath.Open(directory);
            program.AttachTo(cgroup, attach, BpfAttachFlags.AllowMulti);
            try
            {
                return LoadedExplanation.Of(program);
            }
            finally
            {
                program.DetachFrom(cgroup, attach);
            }
        }
        finally
        {
            Directory.Delete(directory);
        }
    }
}

using Skep.Bpf;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests;

public sealed class NamesTests
{
    [Theory]
    [InlineData(0L, null)]
    [InlineData(5L, null)]
    [InlineData(long.MaxValue, null)]
    [InlineData(long.MinValue, null)]
    [InlineData(-4096L, null)]
    [InlineData(-1L, "EPERM")]
    [InlineData(-2L, "ENOENT")]
    [InlineData(-4L, "EINTR")]
    [InlineData(-7L, "E2BIG")]
    [InlineData(-22L, "EINVAL")]
    [InlineData(-95L, "EOPNOTSUPP")]
    [InlineData(-133L, "EHWPOISON")]
    [InlineData(-512L, "ERESTARTSYS")]
    [InlineData(-513L, "ERESTARTNOINTR")]
    [InlineData(-514L, "ERESTARTNOHAND")]
    [InlineData(-516L, "ERESTART_RESTARTBLOCK")]
    [InlineData(-524L, "ENOTSUPP")]
    [InlineData(-4000L, "E4000")]
    public void Failures_have_the_kernels_names(long result, string? name) => Assert.Equal(name, SyscallErrors.Name(result));

    [Fact]
    public void Every_failure_has_a_name()
    {
        Assert.All(Enumerable.Range(1, 4095), error => Assert.StartsWith("E", SyscallErrors.Name(-error)));
    }

    // The headers have these as macros, which no BTF keeps: those that this machine's headers know are compiled.
    private static readonly (string Prefix, string[] Names, Func<uint, string[]> Of)[] Flags =
    [
        ("BPF_F_", ["allow_override", "allow_multi", "replace", "before", "after", "id", "preorder"], FlagNames.Attach),
        ("XDP_FLAGS_", ["update_if_noexist", "skb_mode", "drv_mode", "hw_mode", "replace"], FlagNames.Xdp),
        ("SECCOMP_FILTER_FLAG_", ["tsync", "log", "spec_allow", "new_listener", "tsync_esrch", "wait_killable_recv"], FlagNames.Seccomp),
        ("TCA_BPF_FLAG_ACT_", ["direct"], flags => [.. FlagNames.Tc(flags).Select(name => name == "direct_action" ? "direct" : name)]),
    ];

    private static readonly Lazy<CDeclarations> Headers = new(() =>
    {
        var c = new CDeclarations();
        c.Add("#include <linux/bpf.h>\n#include <linux/if_link.h>\n#include <linux/seccomp.h>\n#include <linux/pkt_cls.h>");
        foreach ((string prefix, string[] names, Func<uint, string[]> of) in Flags)
            foreach (string name in names)
            {
                string macro = prefix + name.ToUpperInvariant();
                c.Add($"#ifndef {macro}");
                c.Assert($"no {macro}", "0");
                c.Add("#else");
                c.Assert(macro, $"{macro} == {Bit(name, of)}");
                c.Add("#endif");
            }

        return c;
    });

    public static TheoryData<string> Macros =>
        [.. Flags.SelectMany(flag => flag.Names.Select(name => flag.Prefix + name.ToUpperInvariant()))];

    [Theory]
    [MemberData(nameof(Macros))]
    public void Flags_are_those_of_the_headers(string macro)
    {
        Assert.SkipUnless(Headers.Value.Holds($"no {macro}"), $"the machine cannot: its headers are older than {macro}");
        Headers.Value.AssertHolds(macro);
    }

    // An enumerator, unlike its kin: since Linux 6.6.
    [Fact]
    public void The_flag_of_links_is_the_kernels()
    {
        string kernel = CDeclarations.OfKernel();
        Assert.SkipUnless(kernel.Contains("BPF_F_LINK =", StringComparison.Ordinal), "the machine cannot: its kernel is older than 6.6");
        var c = new CDeclarations();
        c.Add(kernel);
        c.Assert("BPF_F_LINK", $"BPF_F_LINK == {Bit("link", FlagNames.Attach)}");
        c.AssertHolds("BPF_F_LINK");
    }

    [Fact]
    public void Flags_without_a_name_are_told_by_value()
    {
        Assert.Equal(["allow_multi", "0x80000000"], FlagNames.Attach(0x80000002));
        Assert.Equal(["0x2"], FlagNames.Tc(2));
        Assert.Empty(FlagNames.Xdp(0));
    }

    public static TheoryData<string> Commands => [.. BpfCommands];

    public static TheoryData<string> OtherCalls => [.. CommandNames.All.Except(BpfCommands)];

    private static IEnumerable<string> BpfCommands => CommandNames.All.Where(name => BpfCommandNames.TryParse(name, out _));

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_mask_of_a_command_lets_it_through(string name)
    {
        Assert.True(BpfCommandNames.TryParse(name, out BpfCommand command));
        Assert.Equal((1ul << (int)command, 1u << (int)SyscallKind.Bpf), CommandNames.Masks([name]));
    }

    [Theory]
    [MemberData(nameof(OtherCalls))]
    public void The_mask_of_another_call_lets_it_through(string name)
    {
        (ulong commands, uint syscalls) = CommandNames.Masks([name]);
        Assert.Equal(0ul, commands);
        Assert.NotEqual(0u, syscalls);
        Assert.Equal(0u, syscalls & 1u << (int)SyscallKind.Bpf);
        if (name.StartsWith("rtm_", StringComparison.Ordinal))
        {
            SyscallKind[] sends =
            [
                SyscallKind.Sendmsg, SyscallKind.Sendto, SyscallKind.Write, SyscallKind.Writev, SyscallKind.Sendmmsg,
                SyscallKind.SendByOther,
            ];
            Assert.Equal(sends.Aggregate(0u, (mask, kind) => mask | 1u << (int)kind), syscalls);
        }
    }

    [Fact]
    public void Masks_of_several_names_are_those_of_each()
    {
        string[] names = [.. CommandNames.All];
        (ulong commands, uint syscalls) = CommandNames.Masks(names);
        Assert.Equal((1ul << BpfCommandNames.KnownCount) - 1, commands);
        foreach (SyscallKind kind in Enum.GetValues<SyscallKind>()) Assert.NotEqual(0u, syscalls & 1u << (int)kind);
        Assert.Equal((ulong.MaxValue, uint.MaxValue), CommandNames.Masks([]));
    }

    [Fact]
    public void Numbers_stand_for_commands()
    {
        Assert.Equal((1ul << 40, 1u << (int)SyscallKind.Bpf), CommandNames.Masks(["40"]));
        Assert.Equal((0ul, 1u << (int)SyscallKind.Bpf), CommandNames.Masks(["77"]));
        Assert.True(CommandNames.IsKnown("77"));
        Assert.True(CommandNames.IsKnown("prog_load"));
        Assert.False(CommandNames.IsKnown("prog_lode"));
        Assert.False(CommandNames.IsKnown("+5"));
        Assert.False(CommandNames.IsKnown("-5"));
        Assert.False(CommandNames.IsKnown(""));
    }

    // What is named must be what events print: a kernel side that lets through, and a filter that then drops, shows nothing.
    [Theory]
    [InlineData("5", "prog_load")]
    [InlineData("005", "prog_load")]
    [InlineData("77", "77")]
    [InlineData("prog_load", "prog_load")]
    [InlineData("rtm_setlink", "rtm_setlink")]
    public void A_name_is_turned_into_what_events_print(string given, string printed) =>
        Assert.Equal(printed, CommandNames.Canonical(given));

    [Theory]
    [InlineData(26u)]
    [InlineData(27u)]
    [InlineData(44u)]
    [InlineData(50u)]
    [InlineData(51u)]
    [InlineData(52u)]
    public void The_name_that_a_decoder_prints_for_a_socket_option_is_known(uint option) =>
        Assert.Contains(new CallSketch(SyscallKind.Setsockopt, option).Event().Command, CommandNames.All);

    [Theory]
    [InlineData((uint)SyscallKind.Ioctl)]
    [InlineData((uint)SyscallKind.Seccomp)]
    [InlineData((uint)SyscallKind.Prctl)]
    public void The_name_that_a_decoder_prints_for_another_call_is_known(uint kind) =>
        Assert.Contains(new CallSketch((SyscallKind)kind).Event().Command, CommandNames.All);

    private static uint Bit(string name, Func<uint, string[]> names) =>
        Enumerable.Range(0, 32).Select(i => 1u << i).Single(bit => names(bit) is [var only] && only == name);
}

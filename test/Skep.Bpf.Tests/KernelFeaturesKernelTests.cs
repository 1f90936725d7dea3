using System.Text.Json;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Bpf.Tests;

[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class KernelFeaturesKernelTests : OpenDescriptors
{
    private const uint SkbLoadBytes = 26, XdpAdjustHead = 44, RedirectMap = 51;

    [Fact]
    public void Types_are_there_that_bpftool_finds()
    {
        using JsonDocument json = JsonDocument.Parse(Tool.Run(Tool.Bpftool, "-j", "feature", "probe", "kernel"));
        Assert.All(json.RootElement.GetProperty("program_types").EnumerateObject(), found =>
        {
            Assert.True(
                BpfProgramTypeNames.TryParse(found.Name.AsSpan()["have_".Length..^"_prog_type".Length], out BpfProgramType type),
                found.Name);

            // bpftool counts a type that may not be loaded here as missing.
            if (found.Value.GetBoolean()) Assert.Equal((type, Support.Yes), (type, KernelFeatures.Has(type)));
            else Assert.NotEqual((type, Support.Yes), (type, KernelFeatures.Has(type)));
        });

        Assert.All(json.RootElement.GetProperty("map_types").EnumerateObject(), found =>
        {
            Assert.True(
                BpfMapTypeNames.TryParse(found.Name.AsSpan()["have_".Length..^"_map_type".Length], out BpfMapType type), found.Name);
            Assert.Equal((type, found.Value.GetBoolean() ? Support.Yes : Support.No), (type, KernelFeatures.Has(type)));
        });
    }

    [Fact]
    public void What_no_kernel_has_is_missing()
    {
        Assert.Equal(Support.No, KernelFeatures.Has((BpfProgramType)1000));
        Assert.Equal(Support.No, KernelFeatures.Has((BpfMapType)1000));
        Assert.Equal(Support.No, KernelFeatures.HasHelper(BpfProgramType.Xdp, 100_000));
        Assert.Equal(Support.No, KernelFeatures.Has(BpfProgramType.CgroupSockAddr, BpfAttachType.Xdp));
    }

    [Fact]
    public void Helpers_belong_to_their_types()
    {
        Assert.Equal(Support.Yes, KernelFeatures.HasHelper(BpfProgramType.Xdp, XdpAdjustHead));
        Assert.Equal(Support.Yes, KernelFeatures.HasHelper(BpfProgramType.Xdp, RedirectMap));
        Assert.Equal(Support.No, KernelFeatures.HasHelper(BpfProgramType.Xdp, SkbLoadBytes));
        Assert.Equal(Support.Yes, KernelFeatures.HasHelper(BpfProgramType.SocketFilter, SkbLoadBytes));
        Assert.Equal(Support.No, KernelFeatures.HasHelper(BpfProgramType.SocketFilter, XdpAdjustHead));
    }

    [Fact]
    public void Links_that_this_kernel_makes_are_found()
    {
        using var network = new VethPair();
        using BpfProgram xdp = BpfProgram.Load(
            BpfProgramType.Xdp, Code.Return(2), new ProgramLoadOptions { ExpectedAttachType = BpfAttachType.Xdp });
        network.Namespace.Run(() => BpfLink.AttachXdp(xdp, network.Index, XdpMode.Generic)).Dispose();
        Assert.Equal(Support.Yes, KernelFeatures.HasLink(BpfAttachType.Xdp));
        using BpfProgram classifier = BpfProgram.Load(BpfProgramType.SchedCls, Code.Return(0), new ProgramLoadOptions());
        network.Namespace.Run(() => BpfLink.AttachTcx(classifier, network.Index, BpfAttachType.TcxEgress)).Dispose();
        Assert.Equal(Support.Yes, KernelFeatures.HasLink(BpfAttachType.TcxEgress));
        Assert.Equal(Support.Yes, KernelFeatures.HasLink(BpfAttachType.CgroupInetIngress));
        Assert.Equal(Support.Yes, KernelFeatures.HasLink(BpfAttachType.PerfEvent));
        Assert.Equal(Support.Unknown, KernelFeatures.HasLink(BpfAttachType.SkReuseportSelect));
    }

    [Fact]
    public void Settings_are_those_of_the_kernel()
    {
        Assert.Equal(Tool.Run("uname", "-r").Trim(), KernelSettings.Release);
        Assert.Equal(File.Exists("/sys/kernel/btf/vmlinux"), KernelSettings.HasBtf);
        Assert.Equal(Tool.Run("sysctl", "-n", "net.core.bpf_jit_enable").Trim(), $"{KernelSettings.JitEnable}");
        Assert.Equal(Tool.Run("sysctl", "-n", "kernel.unprivileged_bpf_disabled").Trim(), $"{KernelSettings.UnprivilegedBpfDisabled}");
        string directory = Directory.CreateTempSubdirectory("skep-securityfs-").FullName;
        Tool.Run("mount", "-t", "securityfs", "securityfs", directory);
        try
        {
            Assert.Equal(File.ReadAllText(directory + "/lsm").Trim(), string.Join(',', KernelSettings.SecurityModules));
            string? lockdown = File.Exists(directory + "/lockdown") ? File.ReadAllText(directory + "/lockdown") : null;
            Assert.Equal(KernelSettings.ParseLockdown(lockdown), KernelSettings.Lockdown);
        }
        finally
        {
            Tool.Run("umount", directory);
            Directory.Delete(directory);
        }
    }

    [Fact]
    public void Roots_capabilities_are_all()
    {
        ProcessCapabilities mine = ProcessCapabilities.Read();
        Assert.Equal(Tool.Run("id", "-u").Trim(), $"{mine.EffectiveUserId}");
        Assert.True(mine is { CanUseBpf: true, CanTrace: true });
        Assert.False(new ProcessCapabilities(1ul << (int)Capability.Bpf, 1000).CanTrace);
        Assert.True(new ProcessCapabilities((1ul << (int)Capability.Bpf) | (1ul << (int)Capability.Perfmon), 1000).CanTrace);
    }
}

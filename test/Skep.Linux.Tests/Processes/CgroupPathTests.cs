using CsCheck;
using Skep.Linux.Processes;

namespace Skep.Linux.Tests.Processes;

public sealed class CgroupPathTests
{
    private const string Id = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
    private const string Outer = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";

    [Theory]
    [InlineData("/", null)]
    [InlineData("", null)]
    [InlineData("/init.scope", "init.scope")]
    [InlineData("/system.slice/cron.service", "cron.service")]
    [InlineData("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service")]
    [InlineData("/system.slice/dbus.socket", "dbus.socket")]
    [InlineData("/system.slice/boot-efi.mount", "boot-efi.mount")]
    [InlineData("/system.slice/dev-sda2.swap", "dev-sda2.swap")]
    [InlineData("/system.slice/systemd-udevd.service/udev", "systemd-udevd.service")]
    [InlineData("/user.slice/user-1000.slice/session-2.scope", "session-2.scope")]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "user@1000.service")]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service")]
    [InlineData("/system.slice/_cpu.service", "cpu.service")]
    [InlineData("/system.slice/__x.service", "_x.service")]
    [InlineData("/system.slice/docker-" + Id + ".scope", "docker-" + Id + ".scope")]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/cri-containerd-" + Id + ".scope", "cri-containerd-" + Id + ".scope")]
    [InlineData("/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service", "systemd-nspawn@web.service")]
    [InlineData("/docker/" + Id, null)]
    [InlineData("/kubepods/burstable/pod3d274242-8ee0-11e9-a8a6-1e68d864ef1a/" + Id, null)]
    [InlineData("/lxc.payload.web/system.slice/ssh.service", null)]
    [InlineData("/system.slice", null)]
    [InlineData("/user.slice/user-1000.slice", null)]
    [InlineData("/.service", null)]
    [InlineData("/mygroup/x.service", null)]
    public void A_unit_is_the_first_below_the_slices(string path, string? unit) => Assert.Equal(unit, CgroupPath.Unit(path));

    [Theory]
    // Docker by cgroupfs, by systemd, rootless; in Docker; by --cgroup-parent
    [InlineData("/docker/" + Id, Id)]
    [InlineData("/system.slice/docker-" + Id + ".scope", Id)]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + Id + ".scope", Id)]
    [InlineData("/docker/" + Outer + "/docker/" + Id, Id)]
    [InlineData("/docker/" + Outer + "/system.slice/containerd.service", Outer)]
    [InlineData("/docker/" + Id + "/init.scope", Id)]
    [InlineData("/myparent/" + Id, Id)]
    [InlineData("/" + Id, Id)]
    // Kubernetes: containerd and CRI-O, by cgroupfs and by systemd; kind
    [InlineData("/kubepods/besteffort/pod3d274242-8ee0-11e9-a8a6-1e68d864ef1a/" + Id, Id)]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2d3da189_6407_48e3_9ab6_78188d75e609.slice/cri-containerd-"
        + Id + ".scope", Id)]
    [InlineData("/kubepods.slice/kubepods-pod2d3da189_6407_48e3_9ab6_78188d75e609.slice/crio-" + Id + ".scope", Id)]
    [InlineData("/kubepods/burstable/pod2d3da189-6407-48e3-9ab6-78188d75e609/crio-" + Id, Id)]
    [InlineData("/system.slice/containerd.service/kubepods-burstable-pod2d3da189.slice:cri-containerd:" + Id, Id)]
    [InlineData("/docker/" + Outer + "/kubelet/kubepods/pod2d3da189/" + Id, Id)]
    [InlineData("/kubepods.slice/kubepods-pod2d3da189.slice/docker-" + Id + ".scope/init", Id)]
    // ECS
    [InlineData("/ecs/55091c13-b8cf-4801-b527-f4601742204d/" + Id, Id)]
    // Podman: root, rootless, split, by cgroupfs
    [InlineData("/machine.slice/libpod-" + Id + ".scope", Id)]
    [InlineData("/machine.slice/libpod-" + Id + ".scope/container", Id)]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + Id + ".scope/container", Id)]
    [InlineData("/system.slice/web.service/libpod-payload-" + Id, Id)]
    [InlineData("/libpod_parent/libpod-" + Id, Id)]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/user.slice/nerdctl-" + Id + ".scope", Id)]
    // LXC before 4.0 and since
    [InlineData("/lxc/web", "web")]
    [InlineData("/lxc/101/ns/system.slice/ssh.service", "101")]
    [InlineData("/lxc.payload/web", "web")]
    [InlineData("/lxc.payload.web", "web")]
    [InlineData("/lxc.payload.project_web/system.slice/ssh.service", "project_web")]
    [InlineData("/lxc.payload.web/system.slice/docker-" + Id + ".scope", Id)]
    // nspawn: by hand, as a service; libvirt's LXC
    [InlineData(@"/machine.slice/machine-debian\x2dtest.scope/payload", "debian-test")]
    [InlineData("/machine.slice/machine-web.scope", "web")]
    [InlineData("/machine.slice/systemd-nspawn@jammy.service/payload/system.slice/cron.service", "jammy")]
    [InlineData(@"/machine.slice/systemd-nspawn@my\x2dbox.service/payload/init.scope", "my-box")]
    [InlineData(@"/machine.slice/machine-lxc\x2d4711\x2dbusybox.scope", "lxc-4711-busybox")]
    [InlineData(@"/machine.slice/machine-caf\xc3\xa9.scope", "café")]
    public void A_container_is_the_innermost(string path, string container) => Assert.Equal(container, CgroupPath.Container(path));

    [Theory]
    [InlineData("/")]
    [InlineData("/system.slice/cron.service")]
    [InlineData("/user.slice/user-1000.slice/session-2.scope")]
    [InlineData("/system.slice/docker.service")]
    [InlineData("/system.slice/docker-3726184226f5.scope")]
    [InlineData("/docker/3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f86986g")]
    [InlineData("/docker/x3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860")]
    // Monitors of containers run beside them, on the host.
    [InlineData("/machine.slice/libpod-conmon-" + Id + ".scope")]
    [InlineData("/system.slice/crio-conmon-" + Id + ".scope")]
    [InlineData("/lxc.monitor.web")]
    [InlineData("/lxc.monitor/web")]
    [InlineData("/machine.slice/systemd-nspawn@jammy.service/supervisor")]
    // A virtual machine is none.
    [InlineData(@"/machine.slice/machine-qemu\x2d1\x2ddebian12.scope/libvirt/emulator")]
    [InlineData("/machine.slice/machine-web.service")]
    [InlineData("/machine.slice/machine-.scope")]
    [InlineData("/lxc.payload.")]
    [InlineData("/lxc")]
    public void A_process_beside_containers_is_in_none(string path) => Assert.Null(CgroupPath.Container(path));

    [Fact]
    public void Any_path_is_read() =>
        Gen.String[Gen.Char["/\\x2dabcf0-_.@:slice scope machine-lxc.payload.service"], 0, 120].Sample(path =>
        {
            CgroupPath.Unit(path);
            CgroupPath.Container(path);
        });
}

namespace Skep.EndToEnd.Agent;

/// <summary>An XDP program that bpftool loads, and attaches to a device of the test's own.</summary>
internal sealed class AttachedProgram : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _pin, _device;
    private readonly bool _isAttached;
    private bool _isGone;

    public AttachedProgram(string name, byte result = 2, bool isAttached = true)
    {
        Requires.Root();
        _isAttached = isAttached;
        _device = $"a{Guid.NewGuid().ToString("n")[..8]}lo";
        _pin = $"/sys/fs/bpf/{name}-{_device}";
        string source = _scratch.Write(
            "p.bpf.c",
            $"__attribute__((section(\"xdp\"))) int {name}(void *ctx)\n"
            // No other program has this code.
            + $"{{ asm volatile(\"r1 = {Random.Shared.Next()}\" ::: \"r1\"); return {result}; }}\n"
            + "char _license[] __attribute__((section(\"license\"))) = \"GPL\";\n");
        Tool.Run(Tool.Clang, "-O2", "-g", "-target", "bpf", "-c", source, "-o", _scratch.File("p.o"));
        Tool.Run("bpftool", "prog", "load", _scratch.File("p.o"), _pin);
        if (!isAttached) return;
        Tool.Run("ip", "link", "add", _device, "type", "veth", "peer", "name", _device + "p");
        foreach (string end in (string[])[_device, _device + "p"])
            Tool.Run("ip", "link", "set", end, "alias", $"skep-test-{Environment.ProcessId}");
        Tool.Run("bpftool", "net", "attach", "xdp", "pinned", _pin, "dev", _device);
    }

    public void Detach()
    {
        if (_isGone) return;
        _isGone = true;
        if (_isAttached) Tool.Run("ip", "link", "del", _device);
        File.Delete(_pin);
    }

    public void Dispose()
    {
        Detach();
        _scratch.Dispose();
    }
}

namespace Skep.EndToEnd.Machine;

/// <summary>What make builds for the machines, which have no compiler.</summary>
internal static class Built
{
    public static string Calls => Scene("calls");

    public static string Calls32 => Scene("calls32");

    public static string Beyond => Scene("beyond");

    public static string Devices => Scene("devices");

    public static string Token => Scene("token");

    public static string Multi => Scene("multi");

    public static string Guarded => Scene("guarded");

    public static string Signed => Scene("signed");

    /// <summary>Its uprobes name this path.</summary>
    public static string Links => "/bin/links";

    /// <summary>Virtual machines have it.</summary>
    public static bool HasLinks => File.Exists(Links);

    public static string LinksObject => Scene("links.bpf.o");

    public static string CongestionObject => Scene("congestion.bpf.o");

    public static string TracedObject => Scene("traced.bpf.o");

    public static string StreamsObject => Scene("streams.bpf.o");

    /// <summary>The instructions of ringbuf_submit.bpf.o, as llvm-objcopy takes them out.</summary>
    public static string RingbufInstructions => Scene("ringbuf_submit.insns");

    public static string ToolsAtWork => Scene("tools-at-work");

    public static string RingbufSubmit => Repository.File("out/demo/ringbuf_submit");

    public static string RingbufSubmitObject => Repository.File("out/demo/ringbuf_submit.bpf.o");

    public static string Traffic => Repository.File("out/demo/traffic");

    /// <summary>The object of a file of Programs/verify.</summary>
    public static string VerifyObject(string file) => Scene($"verify/{file}.bpf.o");

    private static string Scene(string name) => Repository.File($"out/vm/scenes/{name}");
}

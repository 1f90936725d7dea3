namespace Skep.Linux.Files;

/// <summary>What a file that somebody names may be, by what it is read as (docs/limits.md).</summary>
/// <param name="Kind">What it is read as, for messages: <c>a rule file</c>.</param>
/// <param name="MostBytes">How long it may be.</param>
/// <param name="MayBePipe">Whether it may be a pipe without a name, as on standard input; else it is a regular file.</param>
public sealed record InputLimit(string Kind, long MostBytes, bool MayBePipe)
{
    private const long Mebibyte = 1 << 20;

    /// <summary>Rules, as text or JSON.</summary>
    public static InputLimit Rules { get; } = new("a rule file", 128 * Mebibyte, true);

    /// <summary>Rules of nft or iptables.</summary>
    public static InputLimit Import { get; } = new("a file to import", 32 * Mebibyte, true);

    /// <summary>Elements that a command line names.</summary>
    public static InputLimit Feed { get; } = new("a feed", 128 * Mebibyte, true);

    /// <summary>Lines that change sets, for as long as somebody writes them.</summary>
    public static InputLimit FedLines { get; } = new("lines of set feed", 1024 * 1024 * 1024 * Mebibyte, true);

    /// <summary>Elements that a rule file names.</summary>
    public static InputLimit NamedFeed { get; } = new("a feed of a rule file", 128 * Mebibyte, false);

    /// <summary>A policy of guard.</summary>
    public static InputLimit Policy { get; } = new("a policy", Mebibyte, true);

    /// <summary>The configuration of the agent.</summary>
    public static InputLimit AgentConfig { get; } = new("a configuration", Mebibyte, true);

    /// <summary>What rules have to do to packets.</summary>
    public static InputLimit Expectations { get; } = new("a file of expectations", 8 * Mebibyte, true);

    /// <summary>Packets.</summary>
    public static InputLimit Capture { get; } = new("a capture", 64 * 1024 * Mebibyte, true);

    /// <summary>Programs: ELF objects, instructions.</summary>
    public static InputLimit Code { get; } = new("a program", 64 * Mebibyte, true);

    /// <summary>Types: ELF objects, BTF.</summary>
    public static InputLimit Types { get; } = new("a file of types", 512 * Mebibyte, true);

    /// <summary>Instructions in a directory that <c>skep watch --save</c> filled.</summary>
    public static InputLimit SavedCode { get; } = new("a saved program", 8 * Mebibyte, false);

    /// <summary>The event beside them.</summary>
    public static InputLimit SavedEvent { get; } = new("a saved event", 64 * Mebibyte, false);

    /// <summary>Events that <c>skep watch -j</c> wrote.</summary>
    public static InputLimit Events { get; } = new("a file of events", 64 * 1024 * Mebibyte, true);

    /// <summary>What the verifier said of programs.</summary>
    public static InputLimit VerifierLog { get; } = new("a log of the verifier", 256 * Mebibyte, true);

    /// <summary>The context of a program.</summary>
    public static InputLimit Context { get; } = new("a context", Mebibyte, true);

    /// <summary>A call that <c>skep trace --save</c> wrote.</summary>
    public static InputLimit SavedCall { get; } = new("a saved call", 512 * Mebibyte, true);

    /// <summary>Commands of the debugger.</summary>
    public static InputLimit Commands { get; } = new("a file of commands", 64 * Mebibyte, true);

    /// <summary>The requests of an editor.</summary>
    public static InputLimit Editor { get; } = new("a session of an editor", 64 * 1024 * Mebibyte, true);

    /// <summary>A file that is signed, or whose signature is verified.</summary>
    public static InputLimit Signed { get; } = new("a signed file", 512 * Mebibyte, false);

    /// <summary>A signature beside a file.</summary>
    public static InputLimit Signature { get; } = new("a signature", Mebibyte, false);

    /// <summary>Certificates in PEM.</summary>
    public static InputLimit Certificates { get; } = new("a file of certificates", Mebibyte, true);

    /// <summary>A private key in PEM.</summary>
    public static InputLimit Key { get; } = new("a key", Mebibyte, true);

    /// <summary>A kernel to boot. Its beginning is read.</summary>
    public static InputLimit Kernel { get; } = new("a kernel", 512 * Mebibyte, false);

    /// <summary>The limit in words: <c>32 MiB</c>.</summary>
    public string Text => MostBytes >= 1024 * 1024 * 1024 * Mebibyte ? $"{MostBytes / (1024 * 1024 * 1024 * Mebibyte)} PiB"
        : MostBytes >= 1024 * Mebibyte ? $"{MostBytes / (1024 * Mebibyte)} GiB" : $"{MostBytes / Mebibyte} MiB";
}

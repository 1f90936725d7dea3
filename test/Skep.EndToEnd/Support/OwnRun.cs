using System.Diagnostics;


namespace Skep.EndToEnd.Support;

/// <summary>
/// A mount namespace with a small <c>/run/skep</c> of its own; gone when disposed, with all that is pinned and attached there.
/// </summary>
internal sealed class OwnRun : IDisposable
{
    private readonly Process _holder;

    /// <summary>Makes one.</summary>
    /// <param name="options">Mount options of the tmpfs.</param>
    public OwnRun(string options = "mode=0700,size=256k")
    {
        Requires.Root();
        Requires.Installed("unshare");

        // Network namespaces that are made later are mounted here as well.
        _holder = Tool.Start(
            "unshare",
            "-m",
            "--propagation",
            "slave",
            "sh",
            "-ec",
            $"mkdir -p -m 700 /run/skep; mount -t tmpfs -o {options} tmpfs /run/skep; echo ready; exec cat");
        Assert.Equal("ready", Tool.FirstLine(_holder));
    }

    /// <summary>Where its <c>/run/skep</c> is seen from outside.</summary>
    public string Path => $"/proc/{_holder.Id}/root/run/skep";

    /// <summary>The words that run a command in it.</summary>
    public string[] Inside(params string[] command) => ["nsenter", "-m", $"--target={_holder.Id}", "--", .. command];

    public Outcome Skep(params string[] arguments) => Try([SkepBinary.Path, .. arguments]);

    /// <summary>Runs a command of Skep that must succeed; what it printed.</summary>
    public string Run(params string[] arguments)
    {
        Outcome outcome = Skep(arguments);
        Assert.True(outcome.Code == 0, $"skep {string.Join(' ', arguments)}: exit {outcome.Code}\n{outcome.Error}");
        return outcome.Output;
    }

    public Outcome Try(string[] command, params (string Name, string Value)[] environment)
    {
        string[] words = Inside(command);
        return Tool.Try(words[0], words[1..], environment);
    }

    public Process Start(params string[] command)
    {
        string[] words = Inside(command);
        return Tool.Start(words[0], words[1..]);
    }

    /// <summary>Runs a shell script in it, which must succeed; what it printed.</summary>
    public string Shell(string script)
    {
        Outcome outcome = Try(["sh", "-ec", script]);
        Assert.True(outcome.Code == 0, $"{script}: exit {outcome.Code}\n{outcome.Error}");
        return outcome.Output;
    }

    /// <summary>Runs a shell script in it as an ordinary user.</summary>
    public Outcome ShellAsNobody(string script) =>
        Try(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", script]);

    /// <summary>Leaves no byte of its file system free.</summary>
    public void Fill() => Shell("cat /dev/zero >/run/skep/fill 2>/dev/null || true; test $(df --output=avail /run/skep | tail -1) = 0");

    public void Empty() => Shell("rm -f /run/skep/fill");

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}

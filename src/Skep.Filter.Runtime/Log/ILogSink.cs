namespace Skep.Filter.Runtime.Log;

/// <summary>Takes logged packets.</summary>
public interface ILogSink
{
    void Write(LoggedPacket packet);

    /// <summary>What was written so far reaches who follows the output.</summary>
    void Flush();
}

"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Tells the other tabs who is seen here; those that show somebody else ask the server again. */
export function OtherTabs({ person }: { person: string | null }) {
  const { refresh } = useRouter();
  useEffect(() => {
    const tabs = new BroadcastChannel("person");
    tabs.onmessage = ({ data }) => {
      if (data !== person) refresh();
    };
    tabs.postMessage(person);
    return () => tabs.close();
  }, [person, refresh]);
  return null;
}
